using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// The leader's seat: one lock row, taken and kept by the protocol of KCL's lock client, expired by watching its version stand still and never by
/// comparing clocks. One look per step, nothing blocks.
/// </summary>
internal sealed class LeaderSeat
{
    /// <summary>A follower looks this often at a new leader's lock before it looks rarely: by then the leader has named its deputy.</summary>
    private const int FirstLooks = 4;

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
    private volatile string? _deputy;
    private int _looks;

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

    /// <summary>
    /// Tells whether any other worker is there to take the seat over, and which one shall watch it closely: one reader is enough, the others look as rarely as KCL's. When
    /// the first one has come, the lock gets its short duration at once.
    /// </summary>
    /// <param name="isAlone">True when this worker is the only one.</param>
    /// <param name="deputy">A worker that may lead; null for none.</param>
    public void SetFollowers(bool isAlone, string? deputy)
    {
        if (_isAlone == isAlone && _deputy == deputy)
            return;
        (_isAlone, _deputy) = (isAlone, deputy);
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
        // A per-worker table keeps the row: it records the mode, and keeps Java workers from leading.
        var free = _holder.Renewal == LeaseRenewal.PerWorker ? mine with { Version = _runtime.NewId(), IsReleased = true, Deputy = null } : null;
        await _holder.Store.ReplaceLeaderLockAsync(mine, free, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TimeSpan> LookAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stepAside, 0) == 1)
        {
            // The deputy looks at the lock at this interval. If it has not taken the seat by then, a leader that may fail again is better than none.
            _contendFrom = _runtime.Now + _holder.Timing.LockInterval + _holder.Timing.RenewTick;
            await ResignAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_mine is { } mine && IsLeader)
            return await HeartbeatAsync(mine, cancellationToken).ConfigureAwait(false);
        if (_mine is not null)
            Lose("no heartbeat was accepted in time");
        return _runtime.Now is var at && at < _contendFrom ? _contendFrom - at : await ContendAsync(cancellationToken).ConfigureAwait(false);
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
        var now = await _holder.Store.PeekLeaderLockAsync(cancellationToken).ConfigureAwait(false);
        if (RenewalMode.Of(now) != _holder.Renewal)
            throw new InvalidOperationException(RenewalMode.Refusal(_holder.Renewal));
        if (now?.Owner != _seen?.Owner)
            _looks = 0;
        if (now?.Version != _seen?.Version || now?.Owner != _seen?.Owner)
            Remember(now);
        var stillFor = _runtime.Now - _seenSince;
        // An earlier process with this worker's id is gone, or the answer to our own write was lost: the seat is ours to renew.
        var isFree = now is null || now.IsReleased || now.Owner == _holder.WorkerId || stillFor > now.Duration;
        if (!isFree)
            return UntilNextLook(now!, stillFor);
        if (!await WriteAsync(now, cancellationToken).ConfigureAwait(false))
            return _holder.Timing.RenewTick;
        ConsumerLog.LeadershipTaken(_runtime.Logger, _holder.WorkerId, now?.Owner ?? "nobody");
        Elected?.Invoke();
        return _holder.Timing.LockInterval;
    }

    /// <summary>A watcher looks again at the moment when a lock that stands still may be taken; the others only then, when it has stood still already.</summary>
    private TimeSpan UntilNextLook(LeaderLock now, TimeSpan stillFor)
    {
        var isWatcher = now.Deputy == _holder.WorkerId || _looks++ < FirstLooks;
        var untilFree = now.Duration - stillFor + _holder.Timing.Epsilon;
        if (isWatcher)
            return Soonest(_holder.Timing.LockInterval, untilFree);
        return stillFor > TimeSpan.Zero ? Soonest(_holder.Timing.RareLockInterval, untilFree) : _holder.Timing.RareLockInterval;
    }

    private async ValueTask<bool> WriteAsync(LeaderLock? seen, CancellationToken cancellationToken)
    {
        var next = new LeaderLock(_holder.WorkerId, _isAlone ? _holder.Timing.AloneLockDuration : _holder.Timing.LockDuration, _runtime.NewId())
        {
            Renewal = _holder.Renewal, Deputy = _deputy,
        };
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
