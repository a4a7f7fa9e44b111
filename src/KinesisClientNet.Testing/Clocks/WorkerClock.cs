namespace KinesisClientNet.Testing.Clocks;

/// <summary>
/// One worker's view of the fleet's clock. While the worker is frozen its timers do not fire; when it wakes, all that came due fire at once,
/// as after a long pause of a process. Its wall clock may be wrong.
/// </summary>
internal sealed class WorkerClock(TimeProvider fleet) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<WorkerTimer> _held = [];
    private bool _isFrozen;

    /// <summary>How far this worker's wall clock is off.</summary>
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => fleet.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => fleet.GetUtcNow() + Skew;

    public override long GetTimestamp() => fleet.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WorkerTimer(this, callback, state);
        timer.Start(fleet.CreateTimer(static timer => ((WorkerTimer)timer!).Due(), timer, dueTime, period));
        return timer;
    }

    public void Freeze()
    {
        lock (_gate)
            _isFrozen = true;
    }

    public void Thaw()
    {
        WorkerTimer[] due;
        lock (_gate)
        {
            _isFrozen = false;
            due = [.. _held];
            _held.Clear();
        }

        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class WorkerTimer(WorkerClock clock, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _inner;
        private bool _disposed;

        public void Start(ITimer inner)
        {
            lock (clock._gate)
                _inner = inner;
        }

        public void Due()
        {
            lock (clock._gate)
            {
                if (clock._isFrozen)
                {
                    if (!clock._held.Contains(this))
                        clock._held.Add(this);
                    return;
                }
            }

            Fire();
        }

        public void Fire()
        {
            if (!Volatile.Read(ref _disposed))
                callback(state);
        }

        public override string ToString() => $"{callback.Method.DeclaringType}.{callback.Method.Name} with {state ?? "nothing"}";

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
                clock._held.Remove(this);
            return _inner!.Change(dueTime, period);
        }

        public void Dispose()
        {
            Volatile.Write(ref _disposed, true);
            lock (clock._gate)
                clock._held.Remove(this);
            _inner?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
