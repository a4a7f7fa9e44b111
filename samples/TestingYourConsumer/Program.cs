// Tests a handler of your own against what happens in production: a shard is split, a second worker joins, Kinesis throttles and the handler
// fails at times. No AWS, no Docker. In a test project these are the lines of one test.
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Local;

const int Records = 500;
var kinesis = new LocalKinesis(options: new() { Throttling = LocalThrottling.Lenient }).AddStream("orders", shards: 2);
var leases = new InMemoryLeaseStore();
var totals = new Totals();

await using var first = Worker();
await using var second = Worker();
using var stop = new CancellationTokenSource();
var running = new List<Task> { first.RunAsync(stop.Token) };
for (var i = 0; i < Records; i++)
{
    await kinesis.Stream("orders").PutAsync($"customer-{i % 10}", BitConverter.GetBytes(i));
    if (i == 100)
        running.Add(second.RunAsync(stop.Token));                        // takes its share of the leases
    if (i == 250)
        kinesis.Stream("orders").Split(kinesis.Stream("orders").ShardIds[0]);
}

while (totals.Distinct < Records && running.TrueForAll(worker => !worker.IsCompleted))
    await Task.Delay(20);
await stop.CancelAsync();
await Task.WhenAll(running);
Console.WriteLine($"{totals.Distinct} of {Records} orders handled, {totals.Repeats} more than once, {totals.OutOfOrder} out of their customer's order.");
return totals.Distinct == Records && totals.OutOfOrder == 0 ? 0 : 1;

KinesisConsumer Worker() => new(
    new() { StreamName = "orders", ApplicationName = "billing", Retrieval = { Polling = { IdleDelay = TimeSpan.FromMilliseconds(100) } } },
    shard => new OrderTotals(totals), kinesis, leases);

/// <summary>The handler under test. It fails now and then, and the library delivers again: at least once, in each customer's order.</summary>
sealed class OrderTotals(Totals totals) : IShardProcessor
{
    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        if (batch.Attempt == 1 && batch.Count % 3 == 0)
            throw new InvalidOperationException("the database is away");
        foreach (var record in batch)
            totals.Add(record.PartitionKey, BitConverter.ToInt32(record.Data.Span));
        return default;
    }
}
