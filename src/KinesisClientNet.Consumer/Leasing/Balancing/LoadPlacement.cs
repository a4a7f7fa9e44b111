namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>
/// Spreads leases so that every worker carries the same weight with the fewest moves (docs/adr/0025-balance-by-load.md): what a worker has stays, only
/// what is above its share goes. By count that means the same number, give or take one; by throughput, within a tenth. A worker that is busier than the
/// others gets nothing. Working state of one plan.
/// </summary>
internal sealed class LoadPlacement
{
    /// <summary>KCL's <c>reBalanceThresholdPercentage</c>: within this share of the mean nothing moves.</summary>
    public const double Band = 0.1;

    /// <summary>A move must bring two workers nearer to each other by at least this share of the mean load, or noise would move leases for ever.</summary>
    private const double LeastGain = 0.05;

    private readonly SortedDictionary<string, WorkerLoad> _loads = new(StringComparer.Ordinal);
    private readonly CpuBalance _cpu;
    private readonly bool _isEven;

    public LoadPlacement(FleetView fleet, LeasePlanLimits limits)
    {
        _isEven = fleet.Weights.AreEven;
        foreach (var worker in fleet.ActiveWorkers)
            _loads.Add(worker, new(worker, fleet.Weights, fleet.Cpu.GetValueOrDefault(worker), limits));
        foreach (var lease in fleet.Held)
            _loads[lease.Owner!].Has(lease);
        foreach (var load in _loads.Values)
            load.Sort();
        _cpu = CpuBalance.Of(_loads.Values);
    }

    /// <summary>Finds a worker for a lease that nobody works on: the one that carries least, but if possible not the one that let it expire.</summary>
    /// <returns>The worker; null when all are full, by number or by throughput.</returns>
    public string? Place(Lease lease)
    {
        var to = Least(load => load.Worker != lease.ActualOwner && load.HasRoomFor(lease)) ?? Least(load => load.HasRoomFor(lease));
        to?.Gain(lease, _cpu.PerWeight);
        return to?.Worker;
    }

    /// <summary>Finds a worker for a lease whose hand-over is stuck: the one that it was meant for, else the one that carries least.</summary>
    public string Force(Lease lease)
    {
        var to = _loads.GetValueOrDefault(lease.Owner!) ?? _loads.Values.MinBy(load => load.Weight)!;
        to.Gain(lease, _cpu.PerWeight);
        return to.Worker;
    }

    /// <summary>Takes load off workers whose CPU is above that of the others, as far as the reports tell.</summary>
    /// <param name="budget">The most hand-overs to start.</param>
    public IEnumerable<LeaseMove> Relieve(int budget) => _cpu.Relieve(_loads.Values, budget);

    /// <summary>Levels the weights by hand-overs.</summary>
    /// <param name="budget">The most hand-overs to start.</param>
    public IEnumerable<LeaseMove> Level(int budget)
    {
        var mean = _loads.Values.Sum(load => load.Weight) / _loads.Count;
        var band = _isEven ? 0 : mean * Band;
        for (; budget > 0; budget--)
        {
            if (Least(static load => load.HasSlot) is not { } to || FindDonor(to, mean, band) is not { } donor)
                yield break;
            var lease = donor.From.Lose(donor.Index);
            to.Gain(lease, _cpu.PerWeight);
            yield return new(lease, to.Worker, LeaseMoveKind.Handover);
        }
    }

    /// <summary>The heaviest worker with a lease whose move brings the two nearer to each other.</summary>
    private (WorkerLoad From, int Index)? FindDonor(WorkerLoad to, double mean, double band)
    {
        foreach (var from in _loads.Values.OrderByDescending(load => load.Weight).ThenByDescending(load => load.Worker, StringComparer.Ordinal))
        {
            if (from.Weight <= to.Weight || (from.Weight <= mean + band && to.Weight >= mean - band))
                return null;
            if (Choose(from, to, mean) is { } index)
                return (from, index);
        }

        return null;
    }

    /// <summary>The heaviest lease that takes neither worker past the mean; else the lightest, if the two are nearer to each other after it.</summary>
    private int? Choose(WorkerLoad from, WorkerLoad to, double mean)
    {
        var want = Math.Min(from.Weight - mean, mean - to.Weight);
        for (var i = 0; i < from.Movable.Count; i++)
        {
            if (from.Movable[i].Weight <= want && _cpu.Allows(to, from.Movable[i].Weight) && to.HasRoomFor(from.Movable[i].Lease))
                return i;
        }

        if (from.Movable.Count == 0)
            return null;
        var lightest = from.Movable[^1].Weight;
        var gap = from.Weight - to.Weight;
        var isNearer = _isEven ? lightest < gap : lightest <= gap - (mean * LeastGain);
        if (!isNearer || !_cpu.Allows(to, lightest) || !to.HasRoomFor(from.Movable[^1].Lease))
            return null;
        // Equal weights are sorted by key; the first of the lightest is taken, as the loop above does.
        var index = from.Movable.Count - 1;
        while (index > 0 && from.Movable[index - 1].Weight <= lightest)
            index--;
        return index;
    }

    /// <summary>Workers whose CPU allows more go before those whose does not; but a lease without a worker is worse than a busy one.</summary>
    private WorkerLoad? Least(Func<WorkerLoad, bool> isWanted) => _loads.Values
        .Where(isWanted)
        .OrderBy(load => !_cpu.Allows(load, 0))
        .ThenBy(load => load.Weight)
        .ThenBy(load => load.Count)
        .FirstOrDefault();
}
