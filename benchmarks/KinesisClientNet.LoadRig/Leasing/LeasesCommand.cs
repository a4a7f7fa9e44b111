using System.Diagnostics;
using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Local;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Leasing;

/// <summary>
/// A fleet of workers in one process on a quiet stream: how soon every shard has a worker, what the quiet fleet costs in store calls and CPU, and
/// how soon the shards of a stopped worker are with the others.
/// </summary>
internal static class LeasesCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public static async Task<int> RunAsync(int shards, int workers, TimeSpan leaseDuration, TimeSpan quiet, CancellationToken cancellationToken)
    {
        var kinesis = new LocalKinesis();
        kinesis.AddStream(LocalService.Stream, shards);
        var store = new CountingLeaseStore();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fleet = Enumerable.Range(0, workers).Select(i => Start(i, kinesis, store, leaseDuration, end.Token)).ToList();

        var held = await UntilAsync(store, table => table.Leases.Length == shards && table.Leases.All(lease => lease.ActualOwner is not null), cancellationToken);
        Print($"{shards} shards, {workers} workers, leases of {leaseDuration.TotalSeconds:0} s: all held after {held.TotalSeconds:0.0} s");
        var even = await UntilAsync(store, table => Counts(table).Values is { Count: var n } counts && n == workers && counts.Max() - counts.Min() <= Math.Max(1, shards / workers / 10), cancellationToken);
        Print($"spread evenly after another {even.TotalSeconds:0.0} s");

        var (callsBefore, before) = (store.Calls, ClientUsage.Look());
        await Task.Delay(quiet, cancellationToken);
        var (calls, usage) = (store.Calls - callsBefore, ClientUsage.Look() - before);
        Print($"quiet for {quiet.TotalSeconds:0} s, all workers together: {calls.Writes / quiet.TotalSeconds:0.0} writes/s, {calls.Reads / quiet.TotalSeconds:0.0} reads/s, {calls.ScannedItems / quiet.TotalSeconds:0.0} scanned items/s, {100 * usage.Cpu / usage.Wall:0.0} % of a core with the polling of every shard");

        var leaver = fleet[^1];
        var (name, owned) = (leaver.Consumer.WorkerId, Counts(await store.LookAsync(cancellationToken)).GetValueOrDefault(leaver.Consumer.WorkerId));
        await leaver.Stop.CancelAsync();
        var moved = await UntilAsync(store, table => table.Leases.All(lease => lease.ActualOwner is { } owner && owner != name), cancellationToken);
        Print($"{name} stopped: its {owned} shards are with others after {moved.TotalSeconds:0.0} s");

        await end.CancelAsync();
        foreach (var worker in fleet)
        {
            await worker.Running;
            await worker.Consumer.DisposeAsync();
            worker.Stop.Dispose();
        }

        return 0;
    }

    private static Worker Start(int index, LocalKinesis kinesis, ILeaseStore store, TimeSpan leaseDuration, CancellationToken cancellationToken)
    {
        var options = new KinesisConsumerOptions
        {
            StreamName = LocalService.Stream,
            ApplicationName = "leases",
            WorkerId = string.Create(CultureInfo.InvariantCulture, $"worker-{index:D3}"),
            Leases = { Duration = leaseDuration },
        };
        var consumer = new KinesisConsumer(options, _ => new Nothing(), kinesis, store);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        return new(consumer, consumer.RunAsync(stop.Token), stop);
    }

    private static async Task<TimeSpan> UntilAsync(CountingLeaseStore store, Func<LeaseTable, bool> isReached, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!isReached(await store.LookAsync(cancellationToken)))
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
                throw new TimeoutException($"The fleet did not come to rest within {Limit}.");
            await Task.Delay(Look, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static Dictionary<string, int> Counts(LeaseTable table) =>
        table.Leases.Where(lease => lease.ActualOwner is not null).CountBy(lease => lease.ActualOwner!).ToDictionary();

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Worker(KinesisConsumer Consumer, Task Running, CancellationTokenSource Stop);

    private sealed class Nothing : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => default;
    }
}
