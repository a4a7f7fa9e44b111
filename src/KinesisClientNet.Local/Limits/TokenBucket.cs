namespace KinesisClientNet.Local.Limits;

/// <summary>A token bucket that may be drawn below zero, so that one large draw blocks the time that it is worth. Its owner's lock guards it.</summary>
internal sealed class TokenBucket(TimeProvider clock, double tokensPerSecond, double burst)
{
    private double _tokens = burst;
    private double _burst = burst;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>What is there now.</summary>
    public double Tokens
    {
        get
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(_burst, _tokens + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * tokensPerSecond));
            _filledAt = now;
            return _tokens;
        }
    }

    public bool TryTake(double tokens)
    {
        if (Tokens < tokens)
            return false;
        _tokens -= tokens;
        return true;
    }

    /// <summary>Takes what was used, even if less was there.</summary>
    public void Draw(double tokens)
    {
        // More than a full bucket counts from zero: 10 MiB at 2 MiB/s block five seconds, not four (Kinesis API reference, GetRecords).
        _tokens = tokens > _burst ? 1 - tokens : Tokens - tokens;
        _filledAt = clock.GetTimestamp();
    }

    /// <summary>Takes back what another bucket refused.</summary>
    public void Return(double tokens) => _tokens = Math.Min(_burst, _tokens + tokens);

    /// <summary>Time until this many tokens are there.</summary>
    public TimeSpan TimeUntil(double tokens) =>
        Tokens >= tokens ? TimeSpan.Zero : TimeSpan.FromSeconds((tokens - _tokens) / tokensPerSecond);

    public void ChangeBurst(double newBurst) => (_tokens, _burst) = (Math.Min(Tokens, newBurst), newBurst);
}
