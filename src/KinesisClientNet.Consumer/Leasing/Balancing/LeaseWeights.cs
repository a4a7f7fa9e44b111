namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>
/// What each lease weighs when leases are balanced: its throughput, as a multiple of the mean one. Without usable throughput, and in an idle fleet, every
/// lease weighs 1, which is balance by count. Never divides by nothing (KCL's first distribution does and loads two workers, KCL reference §2.10). Pure.
/// </summary>
internal sealed class LeaseWeights
{
    /// <summary>Below this mean the differences between leases are noise; polling an idle shard costs more than its records.</summary>
    public const double IdleKBps = 1;

    /// <summary>The least that a lease weighs: reading an idle shard is not free, and a worker must not collect all of them.</summary>
    private const double Least = 0.1;

    private readonly double _meanKBps;

    private LeaseWeights(double meanKBps) => _meanKBps = meanKBps;

    /// <summary>True when all leases weigh the same.</summary>
    public bool AreEven => _meanKBps == 0;

    /// <summary>Weighs the leases of an application.</summary>
    /// <param name="leases">All leases; finished ones count for nothing.</param>
    /// <param name="isByCount">True makes all of them equal.</param>
    public static LeaseWeights Of(IEnumerable<Lease> leases, bool isByCount)
    {
        if (isByCount)
            return new(0);
        var known = leases.Where(lease => !lease.IsFinished && IsUsable(lease.ThroughputKBps)).Select(lease => lease.ThroughputKBps!.Value).ToList();
        var mean = known.Count == 0 ? 0 : known.Average();
        return new(mean < IdleKBps ? 0 : mean);
    }

    /// <summary>The weight of a lease; one without a known throughput weighs as much as the mean.</summary>
    public double Of(Lease lease)
    {
        if (AreEven || !IsUsable(lease.ThroughputKBps))
            return 1;
        return Math.Max(lease.ThroughputKBps!.Value / _meanKBps, Least);
    }

    /// <summary>Its throughput; the mean of the others where it is not known, 0 where none is, and by count.</summary>
    public double KiBpsOf(Lease lease) => AreEven ? 0 : IsUsable(lease.ThroughputKBps) ? lease.ThroughputKBps!.Value : _meanKBps;

    /// <summary>Any writer may have put anything into the row.</summary>
    private static bool IsUsable(double? throughput) => throughput is { } known && double.IsFinite(known) && known is >= 0 and < 1e12;
}
