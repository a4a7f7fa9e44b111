namespace KinesisClientNet.Producer.Limiting;

/// <summary>
/// Tokens that come back with time. Anything passes while tokens are left, and a large item runs into debt: it never blocks smaller ones
/// behind it, nor waits for more tokens than the bucket holds (kpl.md 7.29: a bucket below the record size blocks for ever).
/// Not thread-safe: the collector's loop owns it.
/// </summary>
internal sealed class TokenBucket(double capacity, double perSecond, long ticksPerSecond, long now)
{
    private double _tokens = capacity;
    private long _refilledAt = now;

    /// <summary>Tokens a second. Changing it counts the time up to now at the old rate.</summary>
    internal double Rate { get; private set; } = perSecond;

    /// <summary>The most that can be saved up.</summary>
    internal double Capacity { get; private set; } = capacity;

    internal void ChangeRate(double perSecond, double capacity, long now)
    {
        Refill(now);
        Rate = perSecond;
        Capacity = capacity;
        _tokens = Math.Min(_tokens, capacity);
    }

    internal double Available(long now)
    {
        Refill(now);
        return _tokens;
    }

    internal void Take(double tokens, long now)
    {
        Refill(now);
        _tokens -= tokens;
    }

    /// <summary>When the first token is there again.</summary>
    internal long ReadyAt(long now)
    {
        Refill(now);
        if (_tokens >= 1)
            return now;
        var seconds = (1 - _tokens) / Rate;
        return seconds > 3600 ? now + (3600 * ticksPerSecond) : now + (long)Math.Ceiling(seconds * ticksPerSecond);
    }

    private void Refill(long now)
    {
        if (now <= _refilledAt)
            return;
        _tokens = Math.Min(Capacity, _tokens + ((double)(now - _refilledAt) / ticksPerSecond * Rate));
        _refilledAt = now;
    }
}
