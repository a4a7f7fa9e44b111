namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>The timers of a clock that a test moves, in the order in which they are due; those due at one instant in the order in which they were set.</summary>
internal sealed class TimerQueue(Func<TimeSpan> now)
{
    private readonly PriorityQueue<(Timer Timer, long Version), (TimeSpan Due, long Order)> _due = new();
    private readonly Lock _gate = new();
    private long _order;

    /// <summary>Timers that are armed now.</summary>
    public int Armed
    {
        get
        {
            lock (_gate)
                return _due.UnorderedItems.Count(item => item.Element.Timer.Version == item.Element.Version);
        }
    }

    public ITimer Create(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Takes the next timer that is due until then out of the queue.</summary>
    /// <param name="end">Later ones stay.</param>
    /// <param name="moveTo">Sets the clock to the time of the timer, before any other timer can be set.</param>
    /// <returns>What fires it, or null.</returns>
    public Action? Next(TimeSpan end, Action<TimeSpan> moveTo)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var entry, out var next) && next.Due <= end)
            {
                _due.Dequeue();
                if (entry.Timer.Version != entry.Version)
                    continue;
                moveTo(next.Due);
                return entry.Timer.Fire;
            }

            return null;
        }
    }

    private sealed class Timer(TimerQueue queue, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero && dueTime != Timeout.InfiniteTimeSpan)
                throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "The system's timers refuse a time in the past.");
            lock (queue._gate)
            {
                Version++;
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                    queue._due.Enqueue((this, Version), (queue.Now() + dueTime, queue._order++));
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

    private TimeSpan Now() => now();
}
