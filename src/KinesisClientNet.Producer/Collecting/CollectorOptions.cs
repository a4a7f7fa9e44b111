namespace KinesisClientNet.Producer.Collecting;

/// <summary>The collector's settings, times in the clock's ticks.</summary>
internal sealed record CollectorOptions
{
    /// <summary>Half of it is the median wait of a record, and it bounds the calls that idleness costs to 91 a second (ADR 0014).</summary>
    internal static readonly TimeSpan IdlePace = TimeSpan.FromMilliseconds(11);

    /// <summary>Timers of .NET on Linux count by a clock that ticks every 4 ms (CLOCK_MONOTONIC_COARSE at 250 Hz).</summary>
    private static readonly TimeSpan MaxLead = TimeSpan.FromMilliseconds(4);

    /// <summary>
    /// A cold start takes some hundred milliseconds (name, TLS, credentials). Sending alone meanwhile, as the KPL does (kpl.md 1.6), turns the
    /// first burst into one Kinesis record per user record.
    /// </summary>
    private static readonly TimeSpan FirstMapPatience = TimeSpan.FromSeconds(2);

    /// <summary>Kinesis records a call.</summary>
    internal required int MaxRecords { get; init; }

    /// <summary>Data and key bytes a call.</summary>
    internal required long MaxBytes { get; init; }

    /// <summary>How long a record may wait for company, less what timers may be late.</summary>
    internal required long LingerTicks { get; init; }

    /// <summary>How old a record may become; null for any age.</summary>
    internal long? TtlTicks { get; init; }

    /// <summary>Whether each key's records are stored in the order in which they were accepted.</summary>
    internal bool KeepsOrder { get; init; }

    /// <summary>How long the first records of a producer may wait for the first shard map, beyond their deadline.</summary>
    internal long FirstMapTicks { get; init; }

    /// <summary>The least time between two calls that are sent early because none is in flight; null for never early.</summary>
    internal long? IdlePaceTicks { get; init; }

    /// <summary>Whether the oldest records fail when callers wait for room.</summary>
    internal bool DropsOldest { get; init; }

    /// <summary>How often one record may be sent again although the retry budget is used up.</summary>
    internal required long FreeRetryTicks { get; init; }

    internal static CollectorOptions From(KinesisProducerOptions options, TimeProvider clock) => new()
    {
        MaxRecords = options.Batching.MaxRecords,
        MaxBytes = options.Batching.MaxBytes,
        LingerTicks = Ticks(options.MaxBufferedTime - Lead(options.MaxBufferedTime), clock),
        TtlTicks = options.RecordTtl is { } ttl ? Ticks(ttl, clock) : null,
        KeepsOrder = options.KeepKeyOrder,
        FirstMapTicks = options.Aggregation.Enabled ? Ticks(FirstMapPatience, clock) : 0,
        IdlePaceTicks = options.SendsEarlyWhenIdle ? Ticks(IdlePace, clock) : null,
        DropsOldest = options.Buffer.WhenFull == BufferFullMode.DropOldest,
        FreeRetryTicks = Ticks(options.Retry.BaseDelay, clock),
    };

    /// <summary>How much sooner than its deadline a record is due, so that it leaves by then although timers fire late.</summary>
    private static TimeSpan Lead(TimeSpan linger) => linger / 25 < MaxLead ? linger / 25 : MaxLead;

    /// <summary>Never overflows: what does not fit is for ever (KPL #54: a very large TTL expired records at once).</summary>
    internal static long Ticks(TimeSpan time, TimeProvider clock) =>
        (long)Int128.Min(long.MaxValue / 4, (Int128)time.Ticks * clock.TimestampFrequency / TimeSpan.TicksPerSecond);
}
