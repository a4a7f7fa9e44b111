namespace KinesisClientNet.Local.Faults;

/// <summary>The service's view of the injected clock: its wall clock is as wrong as the plan says. Timers and time measured between two moments are right.</summary>
internal sealed class SkewedClock(TimeProvider clock, FaultPlan faults) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + faults.ClockSkew;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
