namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>What one worker carries, while a plan is made: its leases, their weight, and its CPU as reported and then as predicted.</summary>
internal sealed class WorkerLoad(string worker, LeaseWeights weights, WorkerCpu? cpu)
{
    private readonly List<(double Weight, Lease Lease)> _movable = [];
    private double _cpuPercent = cpu?.Percent ?? 0;

    public string Worker => worker;

    /// <summary>How many leases it has, or is about to get.</summary>
    public int Count { get; private set; }

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
        var weight = weights.Of(lease);
        Weight += weight;
        if (lease.Owner == worker && !lease.IsHandingOver)
            _movable.Add((weight, lease));
    }

    /// <summary>Call it when all present leases are known.</summary>
    public void Sort() => _movable.Sort(static (x, y) => x.Weight != y.Weight
        ? y.Weight.CompareTo(x.Weight)
        : string.CompareOrdinal(y.Lease.LeaseKey, x.Lease.LeaseKey));

    /// <summary>Gives it a lease; it is not handed over again in this plan.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cpuPerWeight">What a unit of weight costs on an average worker.</param>
    public void Gain(Lease lease, double cpuPerWeight)
    {
        var weight = weights.Of(lease);
        (Count, Weight, _cpuPercent) = (Count + 1, Weight + weight, _cpuPercent + (weight * cpuPerWeight));
    }

    /// <summary>Takes one of the <see cref="Movable"/> leases away.</summary>
    public Lease Lose(int index)
    {
        var (weight, lease) = _movable[index];
        _movable.RemoveAt(index);
        if (Weight > 0)
            _cpuPercent *= 1 - (weight / Weight);
        (Count, Weight) = (Count - 1, Weight - weight);
        return lease;
    }
}
