using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// The leader's seat: one lock row, taken and kept by the protocol of KCL's lock client, expired by watching its version stand still and never by
/// comparing clocks. One look per step, nothing blocks.
/// </summary>
internal sealed class LeaderSeat
{
    private readonly LeaseHolder _holder;
    private readonly LeaseRuntime _runtime;
    private LeaderLock? _mine;
    private long _provenAt;

    /// <summary>When the oldest write without an answer was sent: the moment from which the seat counts when that write turns out to be applied.</summary>
    private long? _unansweredSince;
    private LeaderLock? _seen;
    private TimeSpan _seenSince;
    private TimeSpan _contendFrom = TimeSpan.MinValue;
    private int _stepAside;
    private volatile bool _isAlone;

    /// <param name="holder">What all leasing code of a worker shares.</param>
    /// <param name="runtime">Time, ids, log.</param>
    public LeaderSeat(LeaseHolder holder, LeaseRuntime runtime)
    {
        _holder = holder;
        _runtime = runtime;
        Loop = new("leader lock", holder.Timing.RenewTick, runtime);
    }

    /// <summary>The loop, for the health report.</summary>
    public LeaseLoop Loop { get; }

    /// <summary>Told, on the loop, when this worker has become the leader.</summary>
    public Action? Elected { get; set; }

    /// <summary>True while this worker may lead: judged by its own clock, from before its last heartbeat was sent.</summary>
    public bool IsLeader => Volatile.Read(ref _mine) is { } mine && _runtime.Time.GetElapsedTime(Volatile.Read(ref _provenAt)) < mine.Duration;

    /// <summary>Tells whether any other worker is there to take the seat over. When one has come, the lock gets its short duration at once.</summary>
    /// <param name="isAlone">True when this worker is the only one.</param>
    public void SetAlone(bool isAlone)
    {
        if (_isAlone == isAlone)
            return;
        _isAlone = isAlone;
        if (!isAlone)
            Loop.Wake();
    }

    /// <summary>Asks to give the seat up, so that another worker can have it at once, and not to seek it for a while. For a leader that cannot do its duty.</summary>
    public void StepAside()
    {
        Volatile.Write(ref _stepAside, 1);
        Loop.Wake();
    }

    /// <summary>Keeps or seeks the seat until the token is cancelled, then gives it up.</summary>
    /// <param name="cancellationToken">Ends the term.</param>
    /// <param name="aborted">Ends it without giving the seat up.</param>
    public async Task RunAsync(CancellationToken cancellationToken, CancellationToken aborted)
    {
        await Loop.RunAsync(TimeSpan.Zero, LookAsync, cancellationToken).ConfigureAwait(false);
        if (aborted.IsCancellationRequested)
            return;
        try
        {
            await ResignAsync(aborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The lock simply expires; nobody waits for this worker.
            ConsumerLog.ResignationFailed(_runtime.Logger, _holder.Timing.LockDuration, error);
        }
    }

    private async ValueTask ResignAsync(CancellationToken cancellationToken)
    {
        if (_mine is not { } mine)
            return;
        Lose("resigned");
        await _holder.Store.ReplaceLeaderLockAsync(mine, null, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stepAside, 0) == 1)
        {
            _contendFrom = _runtime.Now + (_holder.Timing.LockDuration * 2);
            await ResignAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_mine is { } mine && IsLeader)
            return await HeartbeatAsync(mine, cancellationToken).ConfigureAwait(false);
        if (_mine is not null)
            Lose("no heartbeat was accepted in time");
        return _runtime.Now < _contendFrom ? _holder.Timing.LockInterval : await ContendAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TimeSpan> HeartbeatAsync(LeaderLock mine, CancellationToken cancellationToken)
    {
        if (await WriteAsync(mine, cancellationToken).ConfigureAwait(false))
            return _isAlone ? _holder.Timing.AloneLockInterval : _holder.Timing.LockInterval;

        // Either somebody has taken the seat, or an earlier heartbeat went through although its answer was lost.
        var now = await _holder.Store.ReadLeaderLockAsync(cancellationToken).ConfigureAwait(false);
        if (now?.Owner == _holder.WorkerId)
        {
            Volatile.Write(ref _provenAt, _unansweredSince ?? Volatile.Read(ref _provenAt));
            _unansweredSince = null;
            Volatile.Write(ref _mine, now);
            return _holder.Timing.RenewTick;
        }

        Lose(now is null ? "the lock row was deleted" : $"worker '{now.Owner}' has taken it");
        Remember(now);
        return _holder.Timing.LockInterval;
    }

    private async ValueTask<TimeSpan> ContendAsync(CancellationToken cancellationToken)
    {
        var now = await _holder.Store.ReadLeaderLockAsync(cancellationToken).ConfigureAwait(false);
        if (now != _seen)
            Remember(now);
        var stillFor = _runtime.Now - _seenSince;
        // An earlier process with this worker's id is gone, or the answer to our own write was lost: the seat is ours to renew.
        var isFree = now is null || now.IsReleased || now.Owner == _holder.WorkerId || stillFor > now.Duration;
        if (!isFree)
            return Soonest(_holder.Timing.LockInterval, now!.Duration - stillFor + _holder.Timing.Epsilon);
        if (!await WriteAsync(now, cancellationToken).ConfigureAwait(false))
            return _holder.Timing.RenewTick;
        ConsumerLog.LeadershipTaken(_runtime.Logger, _holder.WorkerId, now?.Owner);
        Elected?.Invoke();
        return _holder.Timing.LockInterval;
    }

    private async ValueTask<bool> WriteAsync(LeaderLock? seen, CancellationToken cancellationToken)
    {
        var next = new LeaderLock(_holder.WorkerId, _isAlone ? _holder.Timing.AloneLockDuration : _holder.Timing.LockDuration, _runtime.NewId());
        var sentAt = _runtime.Time.GetTimestamp();
        var unanswered = _unansweredSince;
        _unansweredSince ??= sentAt;
        if (!await _holder.Store.ReplaceLeaderLockAsync(seen, next, cancellationToken).ConfigureAwait(false))
        {
            _unansweredSince = unanswered;
            return false;
        }

        _unansweredSince = null;
        Volatile.Write(ref _provenAt, sentAt);
        Volatile.Write(ref _mine, next);
        return true;
    }

    private void Remember(LeaderLock? now) => (_seen, _seenSince) = (now, _runtime.Now);

    private void Lose(string reason)
    {
        Volatile.Write(ref _mine, null);
        _unansweredSince = null;
        ConsumerLog.LeadershipEnded(_runtime.Logger, _holder.WorkerId, reason);
    }

    private static TimeSpan Soonest(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
