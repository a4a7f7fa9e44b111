using System.Diagnostics;
using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Resident memory of a consumer whose handlers are blocked, against its prefetch budget; then of the same consumer while it drains what stood there.</summary>
internal static class MemoryCommand
{
    private const double MiB = 1024 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs it.</summary>
    /// <param name="settings">Shards, records and their size: together what each shard has to give.</param>
    /// <param name="budgetMiB"><see cref="RetrievalOptions.PrefetchBytes"/>, in MiB.</param>
    /// <param name="mode">How to read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<int> RunAsync(LoadSettings settings, int budgetMiB, RetrievalMode mode, CancellationToken cancellationToken)
    {
        await using var server = await ChildProcess.StartAsync(
            ["serve", "--shards", Text(settings.Shards), "--records", Text(settings.Records), "--size", Text(settings.RecordBytes)], cancellationToken);
        var connection = ConsumerSettings.Connection(new Uri($"http://127.0.0.1:{server.Facts["http"]}"), settings);
        var options = ConsumerSettings.Options("memory", mode, connection);
        options.Retrieval.PrefetchBytes = (long)(budgetMiB * MiB);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long handled = 0;
        var before = await IdleAsync(settings, mode, connection, cancellationToken);
        await using var consumer = new KinesisConsumer(options, _ => new Blocked(gate.Task, count => Interlocked.Add(ref handled, count)), leases: new InMemoryLeaseStore());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = consumer.RunAsync(stop.Token);

        var blocked = await PeakAsync(() => consumer.Shards.Count == settings.Shards && consumer.Shards.All(shard => shard.Reason != ShardReason.CatchingUp), Quiet, cancellationToken);
        var heap = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
        gate.SetResult();
        var drained = await PeakAsync(() => Interlocked.Read(ref handled) >= settings.Records, TimeSpan.Zero, cancellationToken);
        await stop.CancelAsync();
        await running;

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{settings.Shards} shards with {settings.Records * settings.RecordBytes / settings.Shards / MiB:0.0} MiB each, {mode}, budget {budgetMiB} MiB: resident {before / MiB:0} MiB when caught up; handlers blocked {blocked / MiB:0} MiB (heap {heap / MiB:0}; +{(blocked - before) / MiB:0}, {(blocked - before) / MiB / budgetMiB:0.00} of the budget); while draining at most {drained / MiB:0} MiB (+{(drained - before) / MiB:0}, {(drained - before) / MiB / budgetMiB:0.00}); {handled:N0} of {settings.Records:N0} handled"));
        return handled >= settings.Records ? 0 : 1;
    }

    /// <summary>Resident memory of a consumer of the same shards that has nothing to fetch.</summary>
    private static async Task<long> IdleAsync(LoadSettings settings, RetrievalMode mode, KinesisConnectionOptions connection, CancellationToken cancellationToken)
    {
        var options = ConsumerSettings.Options("idle", mode, connection);
        options.StartFrom = StartingPositionType.Latest;
        await using var consumer = new KinesisConsumer(options, _ => new Blocked(Task.CompletedTask, _ => { }), leases: new InMemoryLeaseStore());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = consumer.RunAsync(stop.Token);
        var resident = await PeakAsync(() => consumer.Shards.Count == settings.Shards && consumer.Shards.All(shard => shard.Reason == ShardReason.CaughtUp), Quiet, cancellationToken);
        await stop.CancelAsync();
        await running;
        return resident;
    }

    /// <summary>The highest resident memory until the condition has held for the given time.</summary>
    private static async Task<long> PeakAsync(Func<bool> condition, TimeSpan hold, CancellationToken cancellationToken)
    {
        long peak = 0, started = Stopwatch.GetTimestamp(), since = 0;
        while (Stopwatch.GetElapsedTime(started) < Limit)
        {
            peak = Math.Max(peak, Resident());
            since = !condition() ? 0 : since == 0 ? Stopwatch.GetTimestamp() : since;
            if (since != 0 && Stopwatch.GetElapsedTime(since) >= hold)
                break;
            await Task.Delay(Look, cancellationToken);
        }

        return peak;
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Blocked(Task gate, Action<int> count) : IShardProcessor
    {
        public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            await gate.WaitAsync(stopping);
            count(batch.Count);
        }
    }
}
