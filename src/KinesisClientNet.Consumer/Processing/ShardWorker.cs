using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// The life of one held lease: wait for the parents, open the handler, read and handle, close, checkpoint, give up. Runs once. A reason to end is
/// honoured in every state, and user code that does not come back is left behind when its time is over.
/// </summary>
internal sealed class ShardWorker : IDisposable
{
    /// <summary>A parent on another worker is looked up this often at first, then less: each look is one read of the lease store.</summary>
    private static readonly TimeSpan FirstParentLook = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LastParentLook = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan SlowWarningInterval = TimeSpan.FromMinutes(1);

    private readonly WorkerKit _kit;
    private readonly ShardServices _services;
    private readonly ShardEnding _ending;
    private readonly CheckpointWriter _checkpoints;
    private readonly Backoff _backoff;
    private readonly FailureReport _failures;
    private readonly Lock _reportGate = new();
    private ShardPipeline? _pipeline;
    private IShardProcessor? _processor;
    private IReadOnlyList<ChildShard>? _children;
    private ShardOutcome _outcome;
    private (ShardReason, bool)? _reported;
    private long? _slowWarnedAt;

    public ShardWorker(HeldLease lease, WorkerKit kit)
    {
        (Lease, _kit) = (lease, kit);
        Activity = new ShardActivity(kit.Services.Time) { Changed = Report };
        _ending = new ShardEnding(kit.Services.Time, kit.Options.ShutdownTimeout);
        var stream = kit.Streams.Of(lease.StreamId).Reference;
        _services = kit.Services with { Meter = kit.Meters(stream.Name) };
        _checkpoints = new CheckpointWriter(lease, kit.Options.Checkpoint, Activity, _services);
        _backoff = kit.Services.NewBackoff(kit.Options.Failure.FirstBackoff, kit.Options.Failure.MaxBackoff);
        _failures = new FailureReport(lease.ShardId, _services);
        Shard = new ShardContext
        {
            Stream = stream,
            ShardId = lease.ShardId,
            ApplicationName = kit.Options.ApplicationName,
            WorkerId = kit.WorkerId,
            HashKeyRange = lease.HashKeyRange,
            StartPosition = lease.Checkpoint,
            Epoch = lease.Epoch,
        };
    }

    /// <summary>The lease.</summary>
    public HeldLease Lease { get; }

    /// <summary>The shard as the handler sees it.</summary>
    public ShardContext Shard { get; }

    /// <summary>What it is doing.</summary>
    public ShardActivity Activity { get; }

    /// <summary>Where it stands.</summary>
    public ShardWorkerState State { get; private set; }

    /// <summary>Whether the shard is read and handled to its end, and the lease store knows it.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The exception behind a failure.</summary>
    public Exception? Error => _ending.Error;

    /// <summary>Asks it to end.</summary>
    public void End(ShardCloseReason reason, TimeSpan? limit = null) => _ending.End(reason, limit: limit > TimeSpan.Zero || limit is null ? limit : TimeSpan.FromMilliseconds(1));

    /// <summary>Why the shard moves or does not.</summary>
    public ShardStatus Status() => Activity.Read(Shard.ShardId, _kit.Options.Processing.HandlerWarningAfter) with
    {
        LeaseKey = Lease.LeaseKey,
        Lag = _pipeline?.Lag,
        HeldBytes = _pipeline?.HeldBytes ?? 0,
        Checkpoint = _checkpoints.Written,
        Done = _checkpoints.Done,
    };

    /// <summary>Looks for what changes by mere passing of time.</summary>
    public void Look()
    {
        if (Activity.LongestHandler is { } running && running >= _kit.Options.Processing.HandlerWarningAfter)
        {
            if (_slowWarnedAt is not { } warned || _kit.Services.Time.GetElapsedTime(warned) >= SlowWarningInterval)
            {
                _slowWarnedAt = _kit.Services.Time.GetTimestamp();
                ConsumerLog.HandlerSlow(_kit.Services.Logger, Shard.ShardId, running);
            }
        }
        else
        {
            _slowWarnedAt = null;
        }

        _failures.Look();
        Report();
    }

    /// <summary>Lives the whole life. Never throws.</summary>
    /// <param name="delay">How long to wait first: after a crash.</param>
    /// <param name="crash">What the worker before this one ended with.</param>
    public async Task<ShardOutcome> RunAsync(TimeSpan delay, Exception? crash = null)
    {
        if (delay > TimeSpan.Zero)
            Activity.Set(ShardFacet.Life, ShardReason.Restarting, $"from its checkpoint after {delay.TotalSeconds:0} s", crash);
        await using var ending = _ending.Intake.UnsafeRegister(static state => ((ShardWorker)state!).BeginDraining(), this).ConfigureAwait(false);
        await using var lost = Lease.Lost.UnsafeRegister(static state => ((ShardEnding)state!).End(ShardCloseReason.LeaseLost), _ending).ConfigureAwait(false);
        _ = WatchHandoverAsync();
        _kit.Pauses.Changed += ShowPause;
        ShowPause();
        using var background = new CancellationTokenSource();
        var writing = _checkpoints.RunAsync(background.Token);
        try
        {
            await UserPartAsync(delay).WaitAsync(_ending.Patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The handler ignores its token: it is left behind, and what it does from here on counts for nothing.
            _outcome = ShardOutcome.Abandoned;
            ConsumerLog.HandlerAbandoned(_kit.Services.Logger, Shard.ShardId, _kit.Options.ShutdownTimeout);
        }

        _failures.Close();
        await background.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await GiveUpAsync().ConfigureAwait(false);
        State = State == ShardWorkerState.Draining ? State.Next(ShardWorkerEvent.Finished) : ShardWorkerState.Closed;
        Dispose();
        return _outcome;
    }

    /// <summary>Stops its timers. The pipeline is disposed by the part that runs it, when user code is back.</summary>
    public void Dispose()
    {
        _kit.Pauses.Changed -= ShowPause;
        _ending.Dispose();
        _checkpoints.Dispose();
    }

    /// <summary>Also a shard that has nothing to deliver is paused when the application says so.</summary>
    private void ShowPause()
    {
        if (_kit.Pauses.IsPaused(Shard.ShardId, Lease.LeaseKey, out _))
            Activity.Set(ShardFacet.Pause, ShardReason.Paused);
        else
            Activity.Clear(ShardFacet.Pause);
    }

    private void BeginDraining() => Activity.Set(ShardFacet.Drain, ShardReason.Draining, $"{_ending.Reason}");

    private async Task WatchHandoverAsync()
    {
        await Lease.HandoverRequested.ConfigureAwait(false);
        _ending.End(ShardCloseReason.Handover, limit: _kit.Options.Leases.HandoverTimeout);
    }

    /// <summary>Everything that waits for user code.</summary>
    private async Task UserPartAsync(TimeSpan delay)
    {
        try
        {
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, _kit.Services.Time, _ending.Intake).ConfigureAwait(false);
            await WaitForParentsAsync().ConfigureAwait(false);
            Move(ShardWorkerEvent.ParentsFinished);
            await OpenAsync().ConfigureAwait(false);
            Move(ShardWorkerEvent.Opened);
            _children = await _pipeline!.RunAsync().ConfigureAwait(false);
            Move(ShardWorkerEvent.EndReached);
        }
        catch (Exception error)
        {
            // Nothing may end a shard without a reason: what is not a wish to end becomes a failure with its exception.
            Judge(error);
            Move(ShardWorkerEvent.EndAsked);
        }

        await CloseAsync().ConfigureAwait(false);
        if (_pipeline is not null)
            await _pipeline.DisposeAsync().ConfigureAwait(false);
    }

    private void Judge(Exception error)
    {
        if (error is OperationCanceledException && _ending.Reason is not null)
            return;
        if (error is ShardStoppedException stopped)
        {
            _outcome = stopped.StopsConsumer ? ShardOutcome.StopsConsumer : ShardOutcome.Stopped;
            ConsumerLog.ShardStopped(_kit.Services.Logger, Shard.ShardId, stopped.Message, stopped.InnerException);
            _ending.End(ShardCloseReason.Failed, stopped.InnerException ?? stopped);
            return;
        }

        _outcome = ShardOutcome.Crashed;
        ConsumerLog.ShardCrashed(_kit.Services.Logger, Shard.ShardId, error);
        _ending.End(ShardCloseReason.Failed, error);
    }

    private async ValueTask WaitForParentsAsync()
    {
        for (var look = 0; ; look++)
        {
            var ended = _kit.ShardEnded.Next;
            var wait = FirstParentLook * Math.Pow(2, Math.Min(look, 10));
            try
            {
                if (await _kit.Keeper.FindUnfinishedParentAsync(Lease, _ending.Intake).ConfigureAwait(false) is not { } parent)
                    return;
                Activity.Set(ShardFacet.Life, ShardReason.WaitingForParent, $"{parent.ShardId} at {parent.Checkpoint}, owner {parent.ActualOwner ?? "none"}");
            }
            catch (Exception error) when (!_ending.Intake.IsCancellationRequested)
            {
                // The lease store's errors pass; until it answers the parent counts as unfinished, or order would be lost.
                Activity.Set(ShardFacet.Life, ShardReason.WaitingForParent, "the lease store does not answer", error);
            }

            await ended.WaitAsync(wait < LastParentLook ? wait : LastParentLook, _kit.Services.Time, _ending.Intake).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ending.Intake.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask OpenAsync()
    {
        for (var failures = 0; ; failures++)
        {
            if (failures == 0)
                Activity.Set(ShardFacet.Life, ShardReason.Opening);
            try
            {
                _processor ??= _kit.Processors(Shard) ?? throw new InvalidOperationException($"The factory returned no handler for {Shard.ShardId}.");
                await _processor.OpenAsync(Shard, _ending.Work).ConfigureAwait(false);
                break;
            }
            catch (Exception error) when (!_ending.Work.IsCancellationRequested)
            {
                ConsumerLog.OpeningFailed(_kit.Services.Logger, Shard.ShardId, failures + 1, error);
                Activity.Set(ShardFacet.Life, ShardReason.OpeningFailed, $"attempt {failures + 1}", error);
                await Task.Delay(_backoff.Next(failures), _kit.Services.Time, _ending.Intake).ConfigureAwait(false);
            }
        }

        Activity.Clear(ShardFacet.Life);
        var run = new ShardRun(Shard, _kit.Options.Processing, _kit.Options.Checkpoint, _checkpoints, Activity, _services)
        {
            Ending = _ending,
            Limits = _kit.Limits,
            Pause = new PauseGate(_kit.Pauses, Shard.ShardId, Lease.LeaseKey),
            Failures = _failures,
        };
        _pipeline = new ShardPipeline(_kit, Lease, run, _processor);
    }

    private async ValueTask CloseAsync()
    {
        if (_processor is null)
            return;
        for (var failures = 0; ; failures++)
        {
            var reason = _ending.Reason ?? ShardCloseReason.ShardEnded;
            if (failures == 0)
                Activity.Set(ShardFacet.Life, ShardReason.Closing, reason.ToString());
            var closing = new ShardClosing(Shard, reason, _ending.Error, _pipeline?.Delivery);
            try
            {
                await _processor.CloseAsync(closing, _ending.Patience).ConfigureAwait(false);
                if (reason != ShardCloseReason.ShardEnded || closing.IsCheckpointed || _kit.Options.Checkpoint.Mode != CheckpointMode.Manual)
                    return;
                throw new InvalidOperationException(
                    $"CloseAsync of {Shard.ShardId} returned at the shard's end without closing.CheckpointAsync, which Checkpoint.Mode = Manual asks for. The children wait.");
            }
            catch (Exception error)
            {
                ConsumerLog.ClosingFailed(_kit.Services.Logger, Shard.ShardId, reason, failures + 1, error);
                // At the shard's end a failed close would hide unfinished work behind SHARD_END; in all other cases the next owner repeats it.
                if (reason != ShardCloseReason.ShardEnded)
                    return;
                Activity.Set(ShardFacet.Life, ShardReason.ClosingFailed, $"attempt {failures + 1}", error);
            }

            await Task.Delay(_backoff.Next(failures), _kit.Services.Time, _ending.Intake).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The last writes: checkpoint, then the end of the shard or the release of the lease.</summary>
    private async ValueTask GiveUpAsync()
    {
        var reason = _ending.Reason ?? ShardCloseReason.ShardEnded;
        try
        {
            if (reason != ShardCloseReason.LeaseLost && _kit.Options.Checkpoint.Mode != CheckpointMode.Manual)
                await _checkpoints.WriteNowAsync(_ending.TimeIsUp).ConfigureAwait(false);
            if (reason == ShardCloseReason.ShardEnded && await CompleteAsync().ConfigureAwait(false))
                return;
            reason = _ending.Reason ?? reason;
            var isOver = _outcome is ShardOutcome.Over && reason is ShardCloseReason.Stopping or ShardCloseReason.Handover;
            if (isOver || _outcome == ShardOutcome.StopsConsumer)
                await _kit.Keeper.ReleaseAsync(Lease, _ending.TimeIsUp).ConfigureAwait(false);
            if (_outcome == ShardOutcome.Stopped)
                Activity.Set(ShardFacet.Life, ShardReason.StoppedByFailure, "restart the worker to try again", _ending.Error);
        }
        catch (LeaseLostException)
        {
            // Taken in the last moment: the next owner goes on from the last accepted checkpoint. The lease keeper has logged it.
        }
        catch (Exception error)
        {
            // Time is up or the lease store failed: the lease expires, records since the last checkpoint are delivered again.
            ConsumerLog.GivingUpFailed(_kit.Services.Logger, Shard.ShardId, reason, _checkpoints.Written.ToString(), error);
        }
    }

    /// <summary>Creates the children's leases and marks the shard as ended.</summary>
    /// <returns>False when another reason to end came first.</returns>
    private async ValueTask<bool> CompleteAsync()
    {
        for (var tries = 0; _ending.Reason is null; tries++)
        {
            try
            {
                switch (await _kit.Keeper.CompleteShardAsync(Lease, _children ?? [], _ending.Intake).ConfigureAwait(false))
                {
                    case ShardSync.ShardEndResult.Completed:
                        HasEnded = true;
                        Activity.Set(ShardFacet.Life, ShardReason.Ended);
                        _kit.ShardEnded.Set();
                        return true;
                    case ShardSync.ShardEndResult.LeaseLost:
                        return true;
                    default:
                        Activity.Set(ShardFacet.Life, ShardReason.WaitingForMergePartner);
                        break;
                }
            }
            catch (Exception error) when (!_ending.Intake.IsCancellationRequested)
            {
                // Kinesis or the lease store failed: completing can be repeated at any point (LeaseKeeper.CompleteShardAsync).
                ConsumerLog.CompletingFailed(_kit.Services.Logger, Shard.ShardId, tries + 1, error);
                Activity.Set(ShardFacet.Life, ShardReason.CheckpointFailing, "the end of the shard", error);
            }

            await Task.Delay(_backoff.Next(tries), _kit.Services.Time, _ending.Intake).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    /// <summary>Tells of a new reason, once.</summary>
    private void Report()
    {
        if (_kit.StatusChanged is not { } report)
            return;
        var status = Status();
        lock (_reportGate)
        {
            if (_reported == (status.Reason, status.IsDegraded))
                return;
            _reported = (status.Reason, status.IsDegraded);
        }

        report(status);
    }

    private void Move(ShardWorkerEvent @event)
    {
        State = State.Next(@event);
        if (State == ShardWorkerState.Draining && _ending.Reason is { } reason)
            ConsumerLog.ShardEnding(_kit.Services.Logger, Shard.ShardId, reason);
    }
}
