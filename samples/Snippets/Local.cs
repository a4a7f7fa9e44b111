using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Testing.Clocks;

namespace Snippets;

/// <summary>The code of docs/local.md.</summary>
internal static class Local
{
    public static async Task ServeAsync()
    {
        var kinesis = new LocalKinesis(options: new() { DataDirectory = "kinesis-data" }).EnsureStream("orders", shards: 2);
        await using var server = await LocalKinesisServer.StartAsync(kinesis, new() { Port = 4567 });
        Console.ReadLine();
        kinesis.Close();
    }

    public static async Task MeasureAsync(LocalKinesis kinesis)
    {
        kinesis.Stream("orders").EnableEnhancedMonitoring();
        await kinesis.Stream("orders").PutAsync("customer-42", "paid"u8.ToArray());

        var bytes = kinesis.Metrics.Total(new("IncomingBytes", "orders")).Sum;
        var hottest = kinesis.Metrics.Total(new("IncomingBytes", "orders", "shardId-000000000000")).Maximum;
        var age = kinesis.Metrics.Read(new("GetRecords.IteratorAgeMilliseconds", "orders"));   // a datapoint a minute
        Console.WriteLine($"{bytes} {hottest} {age.Count}");
    }

    public static void Fail()
    {
        var kinesis = new LocalKinesis(new SteppedTimeProvider(), new() { Seed = 7 }).AddStream("orders", shards: 2);
        kinesis.Faults
            .Next(LocalOperation.PutRecords, Fault.ThrottledEntries(2, 7), times: 3)           // the next three calls
            .Next(LocalOperation.PutRecords, Fault.LostAnswer, skip: 10)                       // applied, and the caller cannot know
            .Randomly(0.01, LocalOperation.Any, Fault.InternalFailure)                         // by the seed
            .Next(LocalOperation.SubscribeToShard, Fault.CutSubscription(events: 5))
            .SkewClock(TimeSpan.FromMinutes(10));                                              // the service's clock is ahead
    }
}
