namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>What one worker carries, while a plan is made: its leases, their weight, and its CPU as reported and then as predicted.</summary>
internal sealed class WorkerLoad(string worker, LeaseWeights weights, WorkerCpu? cpu, LeasePlanLimits limits)
{
    private readonly List<(double Weight, Lease Lease)> _movable = [];
    /// <summary>A worker with few leases and a busy machine looks dear; more than this many times the average is taken for other work.</summary>
    private const double MostOwnCost = 4;

    private double _kiBps;
    private double _ownCost;
    private double _cpuPercent = cpu?.Percent ?? 0;

    public string Worker => worker;

    /// <summary>How many leases it has, or is about to get.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it may have one lease more by number.</summary>
    public bool HasSlot => Count < limits.MaxLeases;

    /// <summary>What they weigh together.</summary>
    public double Weight { get; private set; }

    /// <summary>Its CPU in per cent, as predicted after the moves of this plan; null when it does not report any.</summary>
    public double? CpuPercent => cpu is null ? null : _cpuPercent;

    /// <summary>Its CPU in per cent as it reported it.</summary>
    public double? ReportedCpuPercent => cpu?.Percent;

    /// <summary>The CPU that it does not want to exceed; null when it does not report any.</summary>
    public double? CpuLimit => cpu?.LimitPercent;

    /// <summary>The leases that can be handed over, heaviest first; among equals the last key first.</summary>
    public IReadOnlyList<(double Weight, Lease Lease)> Movable => _movable;

    /// <summary>Takes a lease that it works on or is about to get into account.</summary>
    public void Has(Lease lease)
    {
        Count++;
        _kiBps += weights.KiBpsOf(lease);
        var weight = weights.Of(lease);
        Weight += weight;
        if (lease.Owner == worker && !lease.IsHandingOver)
            _movable.Add((weight, lease));
    }

    /// <summary>Whether it may have this lease, by number and by throughput. A shard that is above the limit alone must be read by somebody: by a worker that reads nothing else.</summary>
    public bool HasRoomFor(Lease lease) => HasSlot && (Count == 0 || _kiBps + weights.KiBpsOf(lease) <= limits.MaxThroughputKBps);

    /// <summary>Call it when all present leases are known.</summary>
    public void Sort()
    {
        _movable.Sort(static (x, y) => x.Weight != y.Weight
            ? y.Weight.CompareTo(x.Weight)
            : string.CompareOrdinal(y.Lease.LeaseKey, x.Lease.LeaseKey));
        _ownCost = cpu is not null && Weight > 0 ? cpu.Percent / Weight : 0;
    }

    /// <summary>
    /// CPU per cent that a unit of weight costs here. On a slow machine that is more than on an average one: an estimate by the average would give it a lease that its next report
    /// takes away again, for ever.
    /// </summary>
    /// <param name="average">What it costs on an average worker.</param>
    public double CpuPerWeight(double average) => Math.Clamp(_ownCost, average, average * MostOwnCost);

    /// <summary>Gives it a lease; it is not handed over again in this plan.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cpuPerWeight">What a unit of weight costs on an average worker.</param>
    public void Gain(Lease lease, double cpuPerWeight)
    {
        var weight = weights.Of(lease);
        _kiBps += weights.KiBpsOf(lease);
        (Count, Weight, _cpuPercent) = (Count + 1, Weight + weight, _cpuPercent + (weight * CpuPerWeight(cpuPerWeight)));
    }

    /// <summary>Takes one of the <see cref="Movable"/> leases away.</summary>
    public Lease Lose(int index)
    {
        var (weight, lease) = _movable[index];
        _movable.RemoveAt(index);
        if (Weight > 0)
            _cpuPercent *= 1 - (weight / Weight);
        _kiBps -= weights.KiBpsOf(lease);
        (Count, Weight) = (Count - 1, Weight - weight);
        return lease;
    }
}
