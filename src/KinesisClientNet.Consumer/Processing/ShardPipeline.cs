using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>From the reader to the handler, for one shard: wires source, queue, de-aggregation and delivery, and runs them to the shard's end.</summary>
internal sealed class ShardPipeline : IAsyncDisposable
{
    private readonly ShardRun _run;
    private readonly PrefetchQueue _queue;
    private readonly IRecordSource _source;
    private readonly ShardReader _reader;
    private readonly Deaggregator _deaggregator;
    private readonly BatchAttempt _attempt;
    private readonly CancellationTokenSource _stop;
    private readonly bool _isolatesKeys;
    private long _outOfRange;
    private long _dropped;
    private bool _isGapReported;

    public ShardPipeline(WorkerKit kit, HeldLease lease, ShardRun run, IShardProcessor processor)
    {
        _run = run;
        var address = new ShardAddress(kit.Api, kit.Service, run.Shard.Stream, run.Shard.ShardId);
        var backoff = run.Services.NewBackoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
        _queue = new PrefetchQueue(kit.Budget);
        _source = kit.Sources(address, ShardPull.StartOf(run.Shard.StartPosition, kit.Streams.Of(lease.StreamId).StartFrom.Timestamp));
        _reader = new ShardReader(address, _source, _queue, run.Activity, backoff, run.Services.Time, run.Services.Logger);
        _deaggregator = new Deaggregator(run.Shard.HashKeyRange, kit.Options.Retrieval.DropsOutOfRangeAggregates, run.Shard.StartPosition);
        var invoker = new HandlerInvoker(processor, lease, run.Processing, kit.Limits, run.Activity, run.Services.Meter, run.Services.Time);
        _attempt = new BatchAttempt(run.Shard, invoker, kit.Options.Failure, run.Failures, run.Activity, run.Services);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(run.Ending.Intake);
        _isolatesKeys = kit.Options.Failure.IsolatesKeys;
        Delivery = NewDelivery();
    }

    /// <summary>Brings records to the handler; takes the application's own checkpoints.</summary>
    public IDelivery Delivery { get; private set; }

    public TimeSpan? Lag => _reader.Lag;

    public long HeldBytes => _queue.HeldBytes;

    /// <summary>Reads and handles the shard to its end.</summary>
    /// <returns>The children that the last page named.</returns>
    public async Task<IReadOnlyList<ChildShard>> RunAsync()
    {
        var reading = _reader.RunAsync(_stop.Token);
        try
        {
            IReadOnlyList<ChildShard>? children = null;
            while (await _queue.Pages.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                while (_queue.Pages.TryRead(out var page))
                {
                    if (page.IsShardEnd)
                        children = page.Children;
                    await SwitchToLanesAsync().ConfigureAwait(false);
                    await Delivery.DeliverAsync(page).ConfigureAwait(false);
                    ReportOddities();
                }
            }

            if (children is null)
                await reading.ConfigureAwait(false);
            await Delivery.DrainAsync().ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
            return children ?? throw new InvalidOperationException($"The reader of {_run.Shard.ShardId} ended without an end of the shard.");
        }
        finally
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Delivery.DrainAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Delivery.Dispose();
        _stop.Dispose();
        _queue.Dispose();
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What the de-aggregation saw since the last page and somebody may have to know.</summary>
    private void ReportOddities()
    {
        var (outside, dropped) = (_deaggregator.OutOfRangeRecords - _outOfRange, _deaggregator.DroppedRecords - _dropped);
        (_outOfRange, _dropped) = (_outOfRange + outside, _dropped + dropped);
        if (outside > 0)
        {
            _run.Services.Meter.OutOfRange(outside, dropped > 0);
            if (dropped > 0)
                ConsumerLog.RecordsDropped(_run.Services.Logger, _run.Shard.ShardId, dropped);
            else
                ConsumerLog.RecordsOutOfRange(_run.Services.Logger, _run.Shard.ShardId, outside);
        }

        if (_deaggregator.IsStartMissing && !_isGapReported)
        {
            _isGapReported = true;
            ConsumerLog.StartMissing(_run.Services.Logger, _run.Shard.ShardId, _run.Shard.StartPosition.ToString());
        }
    }

    private bool WantsLanes => _run.Limits.Concurrency > 1 || _isolatesKeys;

    private IDelivery NewDelivery() => WantsLanes ? new KeyLanes(_run, _deaggregator, _attempt, _stop.Cancel) : new SerialDelivery(_run, _deaggregator, _attempt);

    /// <summary>The concurrency was raised while running. Lanes with a concurrency of 1 keep the order too, so there is no way back.</summary>
    private async ValueTask SwitchToLanesAsync()
    {
        if (!WantsLanes || Delivery is KeyLanes)
            return;
        await Delivery.DrainAsync().ConfigureAwait(false);
        Delivery.Dispose();
        Delivery = NewDelivery();
    }
}
