namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// What a shard's handler takes, in KiB a second, smoothed: what the leader weighs the lease by. Counting is thread-safe and allocates nothing; sampling
/// belongs to one caller at a time.
/// </summary>
/// <param name="timing">The shortest sample and the half-life.</param>
/// <param name="time">The clock.</param>
/// <param name="known">What the row says, from an earlier owner; null when nobody has measured.</param>
internal sealed class LeaseThroughput(LeaseTiming timing, TimeProvider time, double? known)
{
    private double? _smoothed = known;
    private long _sampledAt = time.GetTimestamp();
    private long _bytes;

    /// <summary>Counts what was given to the handler.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>The smoothed throughput up to now; null until the first byte.</summary>
    public double? Sample()
    {
        var elapsed = time.GetElapsedTime(_sampledAt);
        if (elapsed < timing.RenewTick)
            return _smoothed;
        var bytes = Interlocked.Exchange(ref _bytes, 0);
        _sampledAt = time.GetTimestamp();
        if (_smoothed is null && bytes == 0)
            return null;
        var now = bytes / 1024.0 / elapsed.TotalSeconds;
        var share = 1 - Math.Pow(0.5, elapsed / timing.ThroughputHalfLife);
        // Six decimals, as the row keeps it.
        _smoothed = Math.Round(_smoothed is { } before ? before + (share * (now - before)) : now, 6, MidpointRounding.AwayFromZero);
        return _smoothed;
    }
}
