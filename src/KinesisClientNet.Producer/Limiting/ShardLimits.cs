namespace KinesisClientNet.Producer.Limiting;

/// <summary>What limiters share: the service's budget of a shard, the wanted share of it, waits and clock.</summary>
/// <param name="Factor">The share of the shard's budget that this producer starts with and never exceeds; infinity switches limiting off.</param>
/// <param name="BaseDelay">Upper limit of the first wait after a failure.</param>
/// <param name="MaxDelay">Upper limit of any wait.</param>
/// <param name="TicksPerSecond">The clock's resolution.</param>
internal sealed record ShardLimits(double Factor, TimeSpan BaseDelay, TimeSpan MaxDelay, long TicksPerSecond)
{
    /// <summary>Kinesis quotas: 1,000 records and 1 MiB a second a shard, an aggregate counting as one record.</summary>
    internal const double RecordsPerSecond = 1000;

    /// <summary>Data and partition keys.</summary>
    internal const double BytesPerSecond = 1024 * 1024;

    internal bool IsUnlimited => double.IsPositiveInfinity(Factor);

    /// <summary>Full jitter: anything between nothing and the exponential bound (AWS Architecture Blog, "Exponential Backoff And Jitter").</summary>
    internal long JitteredTicks(int failuresInARow, Random random)
    {
        var bound = Math.Min(MaxDelay.TotalSeconds, BaseDelay.TotalSeconds * Math.Pow(2, Math.Min(failuresInARow - 1, 30)));
        return (long)(random.NextDouble() * bound * TicksPerSecond);
    }
}
