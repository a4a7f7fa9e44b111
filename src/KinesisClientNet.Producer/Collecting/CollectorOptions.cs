namespace KinesisClientNet.Producer.Collecting;

/// <summary>The collector's settings, times in the clock's ticks.</summary>
/// <param name="MaxRecords">Kinesis records a call.</param>
/// <param name="MaxBytes">Data and key bytes a call.</param>
/// <param name="MaxCalls">Calls in flight.</param>
/// <param name="LingerTicks">How long a record may wait for company.</param>
/// <param name="TtlTicks">How old a record may become; null for any age.</param>
/// <param name="KeepsOrder">Whether each key's records are stored in the order in which they were accepted.</param>
/// <param name="FirstMapTicks">How long the first records of a producer may wait for the first shard map, beyond their deadline.</param>
internal sealed record CollectorOptions(int MaxRecords, long MaxBytes, int MaxCalls, long LingerTicks, long? TtlTicks, bool KeepsOrder, long FirstMapTicks)
{
    /// <summary>
    /// A cold start takes some hundred milliseconds (name, TLS, credentials). Sending alone meanwhile, as the KPL does (kpl.md 1.6), turns the
    /// first burst into one Kinesis record per user record.
    /// </summary>
    private static readonly TimeSpan FirstMapPatience = TimeSpan.FromSeconds(2);

    internal static CollectorOptions From(KinesisProducerOptions options, TimeProvider clock) => new(
        options.Batching.MaxRecords, options.Batching.MaxBytes, options.Batching.MaxRequestsInFlight,
        Ticks(options.MaxBufferedTime, clock), options.RecordTtl is { } ttl ? Ticks(ttl, clock) : null, options.KeepKeyOrder,
        options.Aggregation.Enabled ? Ticks(FirstMapPatience, clock) : 0);

    /// <summary>Never overflows: what does not fit is for ever (KPL #54: a very large TTL expired records at once).</summary>
    internal static long Ticks(TimeSpan time, TimeProvider clock) =>
        (long)Math.Min(long.MaxValue / 4, (decimal)time.Ticks * clock.TimestampFrequency / TimeSpan.TicksPerSecond);
}
