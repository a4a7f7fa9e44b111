namespace KinesisClientNet.Consumer.Leasing;

/// <summary>A counter as one observer has seen it: when it last moved, and how fast. By the observer's monotonic clock.</summary>
/// <param name="Counter">The last value.</param>
/// <param name="MovedAt">When it was last seen to have moved.</param>
/// <param name="SeenAt">When it was last looked at.</param>
/// <param name="Pace">The mean time between two moves since the look before; null when it had not moved.</param>
internal readonly record struct Pulse(long Counter, TimeSpan MovedAt, TimeSpan SeenAt, TimeSpan? Pace)
{
    /// <summary>The first sight: nothing is known of its pace, so it is not suspicious.</summary>
    public static Pulse First(long counter, TimeSpan now) => new(counter, now, now, TimeSpan.Zero);

    /// <summary>The next look.</summary>
    /// <param name="counter">The value now.</param>
    /// <param name="hasMoved">True when it counts as moved whatever the value says: another process, another owner.</param>
    /// <param name="now">Monotonic time of the look.</param>
    public Pulse Next(long counter, bool hasMoved, TimeSpan now)
    {
        if (hasMoved)
            return First(counter, now);
        if (counter == Counter)
            return this with { SeenAt = now, Pace = null };
        var moves = counter > Counter ? counter - Counter : 1;
        return new(counter, now, now, (now - SeenAt) / moves);
    }

    /// <summary>Whether it moved so seldom since the look before that its owner may be dead: fewer than three times in two durations.</summary>
    /// <param name="duration">How long leases live without a move.</param>
    public bool IsSlow(TimeSpan duration) => Pace is not { } pace || pace > duration * 0.67;
}
