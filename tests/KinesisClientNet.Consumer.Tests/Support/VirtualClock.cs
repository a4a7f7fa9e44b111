using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>
/// A clock that only moves when the whole process is at rest: every task that can run has run and what is left waits for a timer. Then the next timer
/// is due. So a test sees what would happen in an infinitely fast program, the same every time, without a sleep.
/// </summary>
public sealed class VirtualClock : TimeProvider
{
    private readonly TimerQueue _timers;
    private long _now;

    public VirtualClock() => _timers = new(() => Elapsed);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are armed now.</summary>
    public int ArmedTimers => _timers.Armed;

    /// <summary>
    /// Whether timers that are due at one instant fire one after the other without a rest in between. For hundreds of shards that wake together: a day of
    /// them fits a test. Off, each timer's consequences are over before the next fires, so that runs are the same to the last step.
    /// </summary>
    public bool FiresInstantsTogether { get; init; }

    /// <summary>How far it has moved.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _now));

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _timers.Create(callback, state, dueTime, period);

    /// <summary>Lets the process run until the condition holds, moving from timer to timer.</summary>
    /// <param name="condition">What is waited for; looked at when the process is at rest.</param>
    /// <param name="limit">The most virtual time that may pass.</param>
    /// <param name="what">For the message.</param>
    public void RunUntil(Func<bool> condition, TimeSpan limit, Func<string>? what = null)
    {
        var end = Elapsed + limit;
        while (true)
        {
            Settle();
            if (condition())
                return;
            if (!FireNext(end))
                throw new InvalidOperationException($"Not reached within {limit} of virtual time. {what?.Invoke()}");
        }
    }

    /// <summary>Lets virtual time pass.</summary>
    public void RunFor(TimeSpan time)
    {
        var end = Elapsed + time;
        do
            Settle();
        while (FireNext(end));
        Volatile.Write(ref _now, end.Ticks);
        Settle();
    }

    /// <summary>Lets the process run until the task is over.</summary>
    public void RunUntilDone(Task task, TimeSpan limit, Func<string>? what = null)
    {
        RunUntil(() => task.IsCompleted, limit, what);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Waits until nothing can run without time passing: no thread of the pool works but the one that asks.</summary>
    public void Settle()
    {
        var quiet = 0;
        var spin = default(SpinWait);
        var startedAt = Environment.TickCount64;
        while (quiet < 4)
        {
            quiet = ThreadPoolRest.IsResting ? quiet + 1 : 0;
            spin.SpinOnce(sleep1Threshold: -1);
            if (quiet == 0 && Environment.TickCount64 - startedAt > 60_000)
                throw new InvalidOperationException($"The process does not come to rest: {ThreadPoolRest.BusyThreads} thread(s) work, {ThreadPool.PendingWorkItemCount} item(s) wait.");
        }
    }

    private bool FireNext(TimeSpan end)
    {
        if (!FireOne(end))
            return false;
        while (FiresInstantsTogether && FireOne(Elapsed))
        {
        }

        return true;
    }

    private bool FireOne(TimeSpan end)
    {
        if (_timers.Next(end, MoveTo) is not { } fire)
            return false;
        fire();
        return true;
    }

    private void MoveTo(TimeSpan due)
    {
        if (due.Ticks > _now)
            Volatile.Write(ref _now, due.Ticks);
    }
}
