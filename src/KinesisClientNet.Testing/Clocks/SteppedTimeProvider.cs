namespace KinesisClientNet.Testing.Clocks;

/// <summary>
/// A clock that stands until it is told to go. Timers fire inside <see cref="Advance"/>, one after the other in the order of their times, and
/// in the order of their making when they are due together, so that a run can be repeated exactly. The wall clock may jump without the monotonic one.
/// </summary>
/// <remarks>Thread-safe; time is moved by one caller at a time.</remarks>
public sealed class SteppedTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<SteppedTimer, (long Due, long Order)> _queue = new();
    private readonly DateTimeOffset _start;
    private long _ticks;
    private long _wallOffset;
    private long _order;

    /// <summary>Creates a clock that stands at 2026-01-01 00:00 UTC.</summary>
    public SteppedTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Creates a clock.</summary>
    /// <param name="start">Where it stands.</param>
    public SteppedTimeProvider(DateTimeOffset start) => _start = start.ToUniversalTime();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How far the clock has gone since it was made, without jumps.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>How many timers are armed.</summary>
    public int ArmedTimers { get; private set; }

    /// <summary>When the next timer is due, seen from <see cref="Elapsed"/>; null when none is armed.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_gate)
                return Peek() is { } next ? TimeSpan.FromTicks(next.Due) : null;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _start.AddTicks(_ticks + _wallOffset);
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
            return _ticks;
    }

    /// <summary>Goes on, and fires the timers on the way, each at its own time.</summary>
    /// <param name="time">Zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var target = GetTimestamp() + time.Ticks;
        while (TryTakeDue(target) is { } timer)
            timer.Fire();
        lock (_gate)
            _ticks = Math.Max(_ticks, target);
    }

    /// <summary>Goes on to the next timer and fires what is due then, or as far as the limit.</summary>
    /// <param name="limit">The farthest to go.</param>
    /// <returns>How far it went.</returns>
    public TimeSpan AdvanceToNextTimer(TimeSpan limit)
    {
        var next = NextTimer is { } due ? due - Elapsed : limit;
        var step = next > limit ? limit : next < TimeSpan.Zero ? TimeSpan.Zero : next;
        Advance(step);
        return step;
    }

    /// <summary>Moves the wall clock alone, forwards or backwards: what an operator or a time server does to a machine.</summary>
    /// <param name="offset">How far.</param>
    public void JumpWallClock(TimeSpan offset)
    {
        lock (_gate)
            _wallOffset += offset.Ticks;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative and not infinite, as for the system's timers; so does <see cref="ITimer.Change"/>.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>What is armed, for the report of a leak: when it is due and whose timer it is.</summary>
    internal IReadOnlyList<string> DescribeArmed()
    {
        lock (_gate)
            return [.. _queue.UnorderedItems.Where(static item => item.Element.Order == item.Priority.Order).Select(static item => item.Element.ToString())];
    }

    private SteppedTimer? TryTakeDue(long target)
    {
        lock (_gate)
        {
            if (Peek() is not { } timer || timer.Due > target)
                return null;
            _queue.Dequeue();
            _ticks = Math.Max(_ticks, timer.Due);
            timer.Rearm();
            return timer;
        }
    }

    /// <summary>The next armed timer; entries of timers that were changed or disposed since are thrown away on the way.</summary>
    private SteppedTimer? Peek()
    {
        while (_queue.TryPeek(out var timer, out var place))
        {
            if (timer.Order == place.Order)
                return timer;
            _queue.Dequeue();
        }

        return null;
    }

    private sealed class SteppedTimer(SteppedTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private const long NotArmed = -1;

        private long _period;
        private bool _disposed;

        public long Due { get; private set; }

        /// <summary>The place of its one valid entry in the queue.</summary>
        public long Order { get; private set; } = NotArmed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ThrowIfNegative(dueTime, nameof(dueTime));
            ThrowIfNegative(period, nameof(period));
            lock (clock._gate)
            {
                if (_disposed)
                    return false;
                _period = period > TimeSpan.Zero ? period.Ticks : 0;
                if (dueTime < TimeSpan.Zero)
                    Disarm();
                else
                    Arm(clock._ticks + dueTime.Ticks);
                return true;
            }
        }

        /// <summary>After it was taken from the queue: for its next period, or not at all.</summary>
        public void Rearm()
        {
            var due = Due;
            Disarm();
            if (_period > 0)
                Arm(due + _period);
        }

        public void Fire() => callback(state);

        public override string ToString()
        {
            var every = _period > 0 ? $" and every {TimeSpan.FromTicks(_period):c}" : "";
            return $"due at {TimeSpan.FromTicks(Due):c}{every}, calls {callback.Method.DeclaringType?.Name}.{callback.Method.Name} with {state ?? "nothing"}";
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _disposed = true;
                Disarm();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        /// <summary>The system's timers refuse such a time too (they count whole milliseconds): a clock that took it for "never" would hide the bug from tests.</summary>
        private static void ThrowIfNegative(TimeSpan time, string name)
        {
            if (time <= -TimeSpan.FromMilliseconds(1) && time != Timeout.InfiniteTimeSpan)
                throw new ArgumentOutOfRangeException(name, time, "A timer's time is zero or more, or Timeout.InfiniteTimeSpan.");
        }

        private void Arm(long due)
        {
            Disarm();
            (Due, Order) = (due, ++clock._order);
            clock._queue.Enqueue(this, (due, Order));
            clock.ArmedTimers++;
        }

        private void Disarm()
        {
            if (Order != NotArmed)
                clock.ArmedTimers--;
            Order = NotArmed;
        }
    }
}
