using KinesisClientNet.Testing.Clocks;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>
/// Virtual time for a program whose sockets are real. A short wait of the program (a backoff, the service's five seconds) moves the clock to its end, so
/// the time that passes is what the program chose to wait and nothing else: however busy the machine, a recovery takes the same virtual time. Long
/// waits (deadlines, watchdogs) only fire when the test moves the clock.
/// </summary>
/// <param name="world">The clock that is moved.</param>
/// <param name="shortWait">The longest wait that moves it.</param>
/// <param name="settle">Waited for before it is moved: what others have been asked is done, it takes no time.</param>
internal sealed class CausalClock(SteppedTimeProvider world, TimeSpan shortWait, Func<Task> settle) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _awaiting = [];
    private int _longTimers;

    public override long TimestampFrequency => world.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => world.GetUtcNow();

    public override long GetTimestamp() => world.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = world.CreateTimer(callback, state, dueTime, period);
        if (dueTime > shortWait)
            return new LongTimer(this, timer);
        if (dueTime > TimeSpan.Zero)
            _ = Task.Run(() => WaitAsync(dueTime));
        return timer;
    }

    /// <summary>Moves the clock; its timers fire.</summary>
    public void Advance(TimeSpan time)
    {
        lock (_gate)
            world.Advance(time);
    }

    /// <summary>Waits until the program waits for something that has a deadline: it is at rest, but for the sockets.</summary>
    public Task LongWaitAsync()
    {
        lock (_awaiting)
        {
            if (_longTimers > 0)
                return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaiting.Add(source);
            return source.Task;
        }
    }

    private async Task WaitAsync(TimeSpan time)
    {
        await settle();
        Advance(time);
    }

    private void Count(int change)
    {
        TaskCompletionSource[] done;
        lock (_awaiting)
        {
            _longTimers += change;
            if (_longTimers == 0)
                return;
            done = [.. _awaiting];
            _awaiting.Clear();
        }

        foreach (var source in done)
            source.TrySetResult();
    }

    private sealed class LongTimer : ITimer
    {
        private readonly CausalClock _clock;
        private readonly ITimer _inner;
        private int _isOver;

        public LongTimer(CausalClock clock, ITimer inner)
        {
            (_clock, _inner) = (clock, inner);
            clock.Count(1);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _inner.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                _clock.Count(-1);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
