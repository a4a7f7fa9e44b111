using KinesisClientNet.Consumer.Tests.Support;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// A clock that stands until the test lets it go. Timers fire on the test's thread, in order, each at its own time. The date can jump while
/// timestamps and timers go on evenly, as after a correction by NTP.
/// </summary>
public sealed class SteppedClock : TimeProvider
{
    private readonly TimerQueue _timers;
    private TimeSpan _now;

    public SteppedClock() => _timers = new(() => _now);

    /// <summary>How far the date is off.</summary>
    public TimeSpan Jump { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + _now + Jump;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _timers.Create(callback, state, dueTime, period);

    /// <summary>Lets time pass evenly.</summary>
    public void Advance(TimeSpan by)
    {
        var end = _now + by;
        while (_timers.Next(end, MoveTo) is { } fire)
            fire();
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

    private void MoveTo(TimeSpan due) => _now = due > _now ? due : _now;
}
