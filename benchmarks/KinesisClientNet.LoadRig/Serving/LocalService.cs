using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Serving;

/// <summary>Local.Server as a child process, with a stream that can be filled before the measurement starts. Loopback only.</summary>
internal static class LocalService
{
    public const string Stream = "load";

    /// <summary>Starts it as a child process.</summary>
    public static Task<ChildProcess> StartAsync(LoadSettings settings, CancellationToken cancellationToken) => ChildProcess.StartAsync(
        ["serve", "--shards", Text(settings.Shards), "--records", Text(settings.Records), "--size", Text(settings.RecordBytes)], cancellationToken);

    public static Uri EndpointOf(ChildProcess server) => new($"http://127.0.0.1:{server.Facts["http"]}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Runs until standard input closes; prints one line with its port first.</summary>
    public static async Task RunAsync(int shards, long records, int recordBytes)
    {
        var kinesis = new LocalKinesis();
        kinesis.AddStream(Stream, shards);
        var consumer = await kinesis.RegisterStreamConsumerAsync((await kinesis.DescribeStreamSummaryAsync(new StreamReference(Stream))).StreamArn, "load");
        await FillAsync(kinesis, new LoadSettings { Records = records, RecordBytes = recordBytes, Stream = Stream });
        await using var server = await LocalKinesisServer.StartAsync(kinesis);
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"LOCAL http={server.Endpoint.Port} consumer={consumer.ConsumerArn}"));
        await Console.In.ReadToEndAsync();
    }

    private static async Task FillAsync(LocalKinesis kinesis, LoadSettings settings)
    {
        if (settings.Records == 0)
            return;
        var payload = settings.Payload();
        long failed = 0;
        await using var producer = new KinesisProducer(
            new() { StreamName = Stream, ShardRateFactor = 1_000, OnRecordsSettled = s => Interlocked.Add(ref failed, s.Succeeded ? 0 : s.Count) }, kinesis);
        for (long i = 0; i < settings.Records; i++)
            await producer.EnqueueAsync(settings.Key(i), payload);
        await producer.FlushAsync();
        if (failed > 0)
            throw new InvalidOperationException($"{failed} records could not be put into the local stream.");
    }
}
