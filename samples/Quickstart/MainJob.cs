using System.Diagnostics;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Quickstart;

/// <summary>The whole job: send, split a shard half-way, read back with two workers, judge.</summary>
internal sealed class MainJob(Settings settings, Target target, InputFile input, IAnsiConsole console)
{
    private const int Workers = 2;
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(5);
    private readonly string _runId = Guid.NewGuid().ToString("N")[..12];
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly long _clock = Stopwatch.GetTimestamp();
    private readonly InMemoryLeaseStore _leases = new();
    private readonly ILoggerFactory _log = LoggerFactory.Create(log => log
        .AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat) = (true, "HH:mm:ss.fff "))
        .SetMinimumLevel(settings.IsVerbose ? LogLevel.Debug : LogLevel.Warning));
    private long _sent;
    private int _openShards;
    private volatile string _leaseCounts = "-";
    private long _lagTicks = -1;

    public static async Task<bool> RunAsync(Settings settings, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var input = InputFile.Read(settings.Input);
        await using var target = await Target.OpenAsync(settings, cancellationToken);
        console.WriteLine($"{input.Events.Count:N0} events, key = {input.KeyColumn}; stream '{settings.Stream}' at {target.Endpoint}{(target.IsEmbedded ? " (embedded)" : "")}");
        return await new MainJob(settings, target, input, console).RunAsync(cancellationToken);
    }

    private async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(RunLimit);
        _openShards = await target.PrepareStreamAsync(limit.Token);
        var ledger = new Ledger(_runId, input.Events.Count);
        using var stopWorkers = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        using var stopProgress = new CancellationTokenSource();
        var workers = Enumerable.Range(1, Workers).Select(n => Worker($"worker-{n}", ledger).RunAsync(stopWorkers.Token)).ToArray();
        var progress = new Progress(console, () => Look(ledger)).RunAsync(stopProgress.Token);

        ProducerTotals totals = default;
        try
        {
            totals = await ProduceAsync(limit.Token);
            await ledger.Complete.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            console.WriteLine($"The run did not finish within {RunLimit.TotalMinutes:0} minutes; what is missing is counted below.");
        }
        finally
        {
            await stopWorkers.CancelAsync();
            await Task.WhenAll(workers);
            await stopProgress.CancelAsync();
            await progress;
        }

        return new Verdict(console, input.KeyColumn).Print(ledger, totals, input.Events.Count, Stopwatch.GetElapsedTime(_clock));
    }

    private async Task<ProducerTotals> ProduceAsync(CancellationToken cancellationToken)
    {
        long containers = 0, delivered = 0, failed = 0;
        await using var producer = new KinesisProducer(new KinesisProducerOptions
        {
            StreamName = settings.Stream,
            Connection = target.Connection(),
            KeepKeyOrder = true,
            OnRecordsSettled = settled =>
            {
                if (!settled.Succeeded)
                {
                    Interlocked.Add(ref failed, settled.Count);
                    return;
                }

                Interlocked.Increment(ref containers);
                Interlocked.Add(ref delivered, settled.Count);
                Interlocked.Add(ref _sent, settled.Count);
            },
        }, loggerFactory: _log);

        for (var i = 0; i < input.Events.Count; i++)
        {
            if (i == input.Events.Count / 2)
                await SplitAsync(cancellationToken);
            var (key, line) = input.Events[i];
            await producer.EnqueueAsync(key, Ledger.Encode(_runId, i, line), cancellationToken);
        }

        await producer.FlushAsync(cancellationToken);
        return new(delivered, failed, containers);
    }

    /// <summary>Splits the first open shard in the middle, while records are under way.</summary>
    private async Task SplitAsync(CancellationToken cancellationToken)
    {
        var page = await target.Api.ListShardsAsync(new ListShardsRequest(target.Stream, new ShardFilter(ShardFilterType.AtLatest)), cancellationToken);
        var open = page.Shards.Where(s => s.IsOpen).ToList();
        var shard = open[0];
        await target.Api.SplitShardAsync(target.Stream, shard.ShardId, shard.HashKeyRange.Start + ((shard.HashKeyRange.End - shard.HashKeyRange.Start) / 2) + 1, cancellationToken);
        _openShards = open.Count + 1;
    }

    private KinesisConsumer Worker(string id, Ledger ledger) => new(
        new KinesisConsumerOptions
        {
            StreamName = settings.Stream,
            ApplicationName = "quickstart",
            WorkerId = id,
            Connection = target.Connection(),
            Leases = { Duration = TimeSpan.FromSeconds(3) }, // workers that stop together wait for each other about this long
            StartFrom = target.IsEmbedded ? StartingPositionType.TrimHorizon : StartingPositionType.AtTimestamp,
            StartTimestamp = target.IsEmbedded ? null : _started.AddSeconds(-5),
        },
        _ => new Recorder(ledger, lag => Volatile.Write(ref _lagTicks, lag.Ticks)),
        leases: _leases,
        loggerFactory: _log);

    private Snapshot Look(Ledger ledger)
    {
        _ = RefreshLeasesAsync();
        var lag = Volatile.Read(ref _lagTicks);
        return new(Stopwatch.GetElapsedTime(_clock), Interlocked.Read(ref _sent), ledger.Delivered, _openShards, _leaseCounts, lag < 0 ? null : TimeSpan.FromTicks(lag));
    }

    private async Task RefreshLeasesAsync()
    {
        var table = await _leases.ReadTableAsync();
        _leaseCounts = string.Join(", ", table.Leases.Where(l => l.Owner is not null && !l.Checkpoint.IsShardEnd)
            .GroupBy(l => l.Owner!).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key}: {g.Count()}"));
    }

    private sealed class Recorder(Ledger ledger, Action<TimeSpan> noteLag) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            foreach (var record in batch)
                ledger.Note(record.PartitionKey, record.Data.Span, batch.Shard.ShardId);
            if (batch.Lag is { } lag)
                noteLag(lag);
            return default; // returning = done; the library checkpoints
        }
    }
}
