namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// A clock that stands until the test lets it go. Timers fire on the test's thread, in order, each at its own time. The date can jump while
/// timestamps and timers go on evenly, as after a correction by NTP.
/// </summary>
public sealed class SteppedClock : TimeProvider
{
    private readonly PriorityQueue<(Timer Timer, long Version), (TimeSpan Due, long Order)> _due = new();
    private readonly Lock _gate = new();
    private TimeSpan _now;
    private long _order;

    /// <summary>How far the date is off.</summary>
    public TimeSpan Jump { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + _now + Jump;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass evenly.</summary>
    public void Advance(TimeSpan by)
    {
        var end = _now + by;
        while (NextDue(end) is { } timer)
            timer.Fire();
        _now = end;
    }

    /// <summary>Lets time pass while nothing runs; what was due in between comes late, all at once.</summary>
    public void Freeze(TimeSpan by)
    {
        FreezeWithoutTimers(by);
        Advance(TimeSpan.Zero);
    }

    /// <summary>The moment after a freeze, before any timer has had its turn.</summary>
    public void FreezeWithoutTimers(TimeSpan by) => _now += by;

    private Timer? NextDue(TimeSpan end)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var entry, out var next) && next.Due <= end)
            {
                _due.Dequeue();
                if (entry.Timer.Version != entry.Version)
                    continue;
                _now = next.Due > _now ? next.Due : _now;
                return entry.Timer;
            }

            return null;
        }
    }

    private sealed class Timer(SteppedClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Version++;
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                    clock._due.Enqueue((this, Version), (clock._now + dueTime, clock._order++));
                return true;
            }
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
