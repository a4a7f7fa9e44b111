using System.Threading.Channels;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Routing;
using KinesisClientNet.Producer.Sending;
using KinesisClientNet.Producer.Settling;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// Wires the stages of one stream; read this first. Budget, router and aggregator work on the caller's thread; collector, senders, settler
/// and map refresher are loops. Data flows one way; the one back edge is the settler's message to the collector.
/// </summary>
internal sealed class ProducerPipeline : IAsyncDisposable
{
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromSeconds(5);

    /// <summary>An abort needs no call to end; only an error of our own can make it last.</summary>
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AgeResolution = TimeSpan.FromMilliseconds(100);

    private readonly string _stream;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly CollectorInbox _inbox;
    private readonly FlushEpochs _epochs;
    private readonly BufferPool _pool;
    private readonly BufferBudget _budget;
    private readonly RecordRouter _router;
    private readonly OutcomeSink _sink;
    private readonly ShardMapRefresher _refresher;
    private readonly BatchCollector _collector;
    private readonly BatchSender _sender;
    private readonly BatchSettler _settler;
    private readonly int _calls;
    private readonly TimeSpan _settingsInterval;
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ProducerMeters _meters;
    private readonly Lock _gate = new();
    private readonly ITimer _upkeep;
    private Task? _loops;
    private TaskCompletionSource<long>? _stopped;

    internal ProducerPipeline(KinesisProducerOptions options, IKinesisApi api, ILogger log, TimeProvider clock, Random random)
    {
        (_stream, _log, _clock, _calls) = (options.Stream.ToString(), log, clock, options.Batching.MaxRequestsInFlight);
        _pool = new BufferPool(Math.Max(1 << 20, options.Buffer.MaxBytes));
        _budget = new BufferBudget(options.Buffer.MaxBytes, options.Buffer.MaxRecords);
        _epochs = new FlushEpochs(CollectorOptions.Ticks(AgeResolution, clock));
        _meters = new ProducerMeters(options, _budget, _epochs, clock);
        _sink = new OutcomeSink(options, _stream, _budget, _epochs, _pool, _meters, log);
        var collecting = CollectorOptions.From(options, clock);
        _inbox = new CollectorInbox(collecting.LingerTicks);
        Cost = RecordCost.For(options.Aggregation.Enabled, options.PropagateTraceContext);

        var batches = Channel.CreateBounded<PutRecordsBatch>(new BoundedChannelOptions(_calls) { SingleWriter = true });
        var answers = Channel.CreateBounded<PutRecordsBatch>(new BoundedChannelOptions(_calls) { SingleReader = true, AllowSynchronousContinuations = true });
        var limits = new ShardLimits(options.ShardRateFactor, options.Retry.BaseDelay, options.Retry.MaxDelay, clock.TimestampFrequency);
        var aggregation = new AggregatorContext(options.Aggregation, _pool, _epochs, _inbox);
        var lanes = new LaneFactory(aggregation, limits, random, clock);
        _router = new RecordRouter(lanes.EmptyTable());
        Settings = new StreamSettings(api, options.Stream, options.AssumeAutoDistribution, log);
        _settingsInterval = options.StreamSettingsInterval;
        _refresher = new ShardMapRefresher(api, options.Stream, Settings, _inbox, log, clock, random);
        var rebucketer = new Rebucketer(aggregation, Cost);
        var laneSwitch = new LaneSwitch(_router, lanes, rebucketer, options.KeepKeyOrder);
        var maps = new MapFollower(_router, laneSwitch, rebucketer, _refresher, _budget, _stream, log);
        var gate = new StreamGate(_calls, limits, random);
        _collector = new BatchCollector(_inbox, batches.Writer, collecting, gate, maps, _sink, clock);
        _sender = new BatchSender(api, options.Stream, batches.Reader, answers.Writer, _meters, clock);
        var retries = new RetryLimits(options.Retry.MaxAttempts ?? int.MaxValue, options.Retry.MaxDoubtfulAttempts);
        _settler = new BatchSettler(answers.Reader, _inbox, _router, _sink, retries, clock, log);
        _upkeep = clock.CreateTimer(static state => ((ProducerPipeline)state!).KeepUp(), this, UpkeepInterval, UpkeepInterval);
    }

    internal BufferBudget Budget => _budget;

    internal RecordRouter Router => _router;

    internal TimeSpan OldestPendingAge => _meters.OldestPendingAge;

    internal RecordCost Cost { get; }

    internal StreamSettings Settings { get; }

    internal OutcomeSink Sink => _sink;

    internal BufferPool Pool => _pool;

    internal BatchCollector Collector => _collector;

    /// <summary>True when nothing is left to do until time passes or something comes from outside: what tests in virtual time wait for.</summary>
    internal bool IsResting => _collector.IsResting && _refresher.IsResting;

    /// <summary>Starts the loops and reads the shard map. The first record does it: a producer that is never used calls nobody.</summary>
    internal void EnsureStarted()
    {
        if (Volatile.Read(ref _loops) is null)
            Start();
    }

    /// <summary>Asks the collector to let the oldest records go.</summary>
    internal void MakeRoom() => _inbox.Tell(CollectorSignal.MakeRoom);

    /// <summary>Completes when all that was accepted before has its outcome.</summary>
    internal Task FlushAsync()
    {
        EnsureStarted();
        var settled = _epochs.Close(_clock.GetTimestamp());
        _inbox.Tell(CollectorSignal.Flush);
        return settled;
    }

    /// <summary>Accepts nothing more, waits for outcomes until a token of any caller is cancelled, and fails the rest.</summary>
    /// <returns>How many records were failed meanwhile.</returns>
    internal async Task<long> StopAsync(CancellationToken giveUp)
    {
        await using var registration = giveUp.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _giveUp).ConfigureAwait(false);
        TaskCompletionSource<long>? first = null;
        lock (_gate)
            _stopped ??= first = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (first is not null)
            await StopOnceAsync(first).ConfigureAwait(false);
        return await _stopped.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        _collector.Dispose();
        _meters.Dispose();
    }

    private void Start()
    {
        lock (_gate)
        {
            if (_loops is not null || _stopped is not null)
                return;
            ProducerLog.Started(_log, _stream);
            _refresher.Request(_clock.GetTimestamp());
            // The loops outlive the first caller: its trace is not theirs.
            using var ownContext = ExecutionContext.SuppressFlow();
            Volatile.Write(ref _loops, Task.WhenAll(
                Guard(() => _refresher.RunAsync(_stopping.Token)),
                Guard(() => _refresher.WatchSettingsAsync(_settingsInterval, _stopping.Token)),
                Guard(_collector.RunAsync),
                Guard(() => _sender.RunAsync(_calls, _abort.Token)),
                Guard(_settler.RunAsync)));
        }
    }

    /// <summary>A loop ends with the pipeline, or takes the pipeline with it: a half-dead one would keep its callers waiting for ever.</summary>
    private async Task Guard(Func<Task> loop)
    {
        try
        {
            await Task.Run(loop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The end of a loop that waits for time.
        }
        catch (Exception failure)
        {
            ProducerLog.Broken(_log, _stream, failure);
            await _giveUp.CancelAsync().ConfigureAwait(false);
            _ = StopAsync(CancellationToken.None);
        }
    }

    private async Task StopOnceAsync(TaskCompletionSource<long> stopped)
    {
        var failedBefore = _sink.FailedRecords;
        _budget.Close();
        _router.Close();
        var settled = _epochs.Close(_clock.GetTimestamp());
        _inbox.Tell(CollectorSignal.Flush);
        if (_loops is not null)
            await WaitForOutcomesAsync(settled).ConfigureAwait(false);
        _inbox.Complete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        var failed = _sink.FailedRecords - failedBefore;
        ProducerLog.Stopped(_log, _stream, failed);
        stopped.SetResult(failed);
    }

    private async Task WaitForOutcomesAsync(Task settled)
    {
        try
        {
            await settled.WaitAsync(_giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time is up: what has no outcome gets one now. The buffers of calls that do not heed their token must not be used again.
            _pool.Close();
            await _abort.CancelAsync().ConfigureAwait(false);
            _inbox.Tell(CollectorSignal.Abort);
            await settled.WaitAsync(AbortTimeout, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void KeepUp()
    {
        _pool.Trim();
        foreach (var lane in _router.Table.Lanes)
            lane.Aggregator.Trim();
        _sink.Report.Tick(UpkeepInterval, _budget.UsedRecords);
    }
}
