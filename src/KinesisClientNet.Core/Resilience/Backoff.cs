namespace KinesisClientNet.Core.Resilience;

/// <summary>
/// Exponential backoff with full jitter: a random wait from zero to <c>base x 2^attempt</c>, capped (AWS Architecture Blog, "Exponential
/// Backoff And Jitter"). Thread-safe.
/// </summary>
internal sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _cap;
    private readonly Random _random;

    /// <summary>Creates the backoff.</summary>
    /// <param name="first">Upper bound of the first wait.</param>
    /// <param name="cap">Upper bound of every wait.</param>
    /// <param name="random">The source of jitter; only used under this object's lock.</param>
    public Backoff(TimeSpan first, TimeSpan cap, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(cap, first);
        (_first, _cap, _random) = (first, cap, random);
    }

    /// <summary>The upper bound of a wait.</summary>
    /// <param name="attempt">0 for the wait after the first failure.</param>
    public TimeSpan Limit(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(attempt);
        // 2^attempt leaves the range long before 62; the cap is far below.
        return attempt >= 62 || _first.Ticks > _cap.Ticks >> attempt ? _cap : new(_first.Ticks << attempt);
    }

    /// <summary>A wait.</summary>
    /// <param name="attempt">0 for the wait after the first failure.</param>
    public TimeSpan Next(int attempt)
    {
        var limit = Limit(attempt);
        lock (_random)
            return limit * _random.NextDouble();
    }
}
