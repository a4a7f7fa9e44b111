// Tests a handler of your own against what happens in production: Kinesis throttles, a shard is split, a worker crashes, and the handler fails at
// times. No AWS, no Docker; minutes of the fleet's time take milliseconds. In a test project these are the lines of one test.
using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Testing;
using KinesisClientNet.Testing.Clocks;

const int Orders = 500;
var began = TimeProvider.System.GetTimestamp();
var clock = new SteppedTimeProvider();
var start = clock.GetUtcNow();
var kinesis = new LocalKinesis(clock).AddStream("orders", shards: 2);
var totals = new Totals();

await using var fleet = await ConsumerHarness.StartAsync(
    kinesis, new() { StreamName = "orders", ApplicationName = "billing" }, shard => new OrderTotals(totals), workers: 2);
await fleet.LeasesBalancedAsync();

for (var order = 0; order < Orders; order++)
{
    await fleet.Stream.PutAsync($"customer-{order % 10}", BitConverter.GetBytes(order));
    if (order == 100)
        kinesis.Faults.Next(LocalOperation.GetRecords, Fault.Throttled, times: 20);
    if (order == 200)
        fleet.Stream.Split(fleet.Stream.ShardIds[0]);
    if (order == 300)
        await fleet.CrashAsync(worker: 0);                               // no goodbye: the other one takes its shards when the leases expire
    if (order % 20 == 0)
        await fleet.AdvanceAsync(TimeSpan.FromSeconds(1));
}

await fleet.CaughtUpAsync();
Console.WriteLine($"{totals.Distinct} of {Orders} orders handled, {totals.Repeats} more than once, {totals.OutOfOrder} out of their customer's order.");
Console.WriteLine($"{kinesis.Faults.Counts[FaultKind.Error]} reads throttled, {totals.Failures} calls failed, {fleet.Workers} workers, 1 crashed.");
Console.WriteLine($"{(clock.GetUtcNow() - start).TotalSeconds:0} s of the fleet's time in {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms.");
return totals.Distinct == Orders && totals.OutOfOrder == 0 ? 0 : 1;

/// <summary>The handler under test. It fails now and then, and the library delivers again: at least once, in each customer's order.</summary>
sealed class OrderTotals(Totals totals) : IShardProcessor
{
    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        if (batch.Attempt == 1 && batch.Count % 3 == 0)
            totals.Fail("the database is away");
        foreach (var record in batch)
            totals.Add(record.PartitionKey, BitConverter.ToInt32(record.Data.Span));
        return default;
    }
}
