namespace KinesisClientNet.Local.Streams;

/// <summary>
/// The state of a stream or a consumer, with one change under way at most. A change without delay happens inside the call. A delayed one
/// happens at its time, by a timer or by the first call after it, whichever comes first; no thread waits for it.
/// </summary>
internal sealed class Lifecycle(TimeProvider clock, Lock gate) : IDisposable
{
    public const string Creating = "CREATING";
    public const string Active = "ACTIVE";
    public const string Updating = "UPDATING";
    public const string Deleting = "DELETING";
    public const string Gone = "GONE";

    private string _state = Creating;
    private string _after = Active;
    private Action<DateTimeOffset>? _change;
    private long _dueTicks = long.MaxValue;
    private ITimer? _timer;

    /// <summary>The state now.</summary>
    public string State
    {
        get
        {
            if (Volatile.Read(ref _dueTicks) <= clock.GetUtcNow().UtcTicks)
                Settle();
            return Volatile.Read(ref _state);
        }
    }

    /// <summary>Enters a passing state; when the delay is over, the change is made and the state after it begins.</summary>
    public void Begin(string during, string after, TimeSpan delay, Action<DateTimeOffset> change)
    {
        lock (gate)
        {
            (_state, _after, _change) = (during, after, change);
            var now = clock.GetUtcNow();
            Volatile.Write(ref _dueTicks, (now + delay).UtcTicks);
            if (delay == TimeSpan.Zero)
                Settle();
            else
                _timer = clock.CreateTimer(static state => ((Lifecycle)state!).SettleWhenDue(), this, delay, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void SettleWhenDue()
    {
        lock (gate)
        {
            // The wall clock may lag behind the timer's, and a late timer may meet a later change: wait out the rest.
            var rest = TimeSpan.FromTicks(_dueTicks - clock.GetUtcNow().UtcTicks);
            if (rest <= TimeSpan.Zero)
                Settle();
            else if (_change is not null)
                _timer?.Change(rest, Timeout.InfiniteTimeSpan);
        }
    }

    private void Settle()
    {
        lock (gate)
        {
            if (_dueTicks == long.MaxValue || _change is not { } change)
                return;
            var dueAt = new DateTimeOffset(_dueTicks, TimeSpan.Zero);
            _change = null;
            _timer?.Dispose();
            _timer = null;
            change(dueAt);
            Volatile.Write(ref _state, _after);
            Volatile.Write(ref _dueTicks, long.MaxValue);
        }
    }
}
