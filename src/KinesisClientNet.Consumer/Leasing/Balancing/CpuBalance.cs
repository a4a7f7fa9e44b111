namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>
/// Balance by CPU, by KCL 3's rules (KCL reference §2.10.2) with an absolute dead band: a worker above the mean gives away a dampened part of what it is
/// above; nobody is filled above the band. Fixed for one plan; predictions live in the loads.
/// </summary>
internal sealed class CpuBalance
{
    /// <summary>KCL's <c>dampeningPercentage</c>: what a move changes is an estimate, so only this part of the excess is moved at once.</summary>
    public const double Dampening = 0.6;

    /// <summary>
    /// Percentage points around the mean in which nothing moves, or a tenth of the mean if that is more. At low CPU a relative band alone is narrower than
    /// ordinary jitter (KCL 3.5.3, #1814).
    /// </summary>
    public const double DeadBandPoints = 5;

    /// <summary>A rebalance that would change less than this many percentage points is not worth its hand-overs (KCL 3.5.3, #1814).</summary>
    private const double LeastEffectPoints = 1;

    private readonly double _mean;
    private readonly double _band;

    private CpuBalance(double mean, double perWeight) =>
        (_mean, PerWeight, _band) = (mean, perWeight, Math.Max(DeadBandPoints, mean * LoadPlacement.Band));

    /// <summary>CPU per cent that a unit of weight costs on an average worker.</summary>
    public double PerWeight { get; }

    /// <summary>Takes the reports in; workers without CPU are left out.</summary>
    public static CpuBalance Of(IEnumerable<WorkerLoad> loads)
    {
        var reporting = loads.Where(load => load.CpuPercent is not null).ToList();
        if (reporting.Count == 0)
            return new(0, 0);
        var mean = reporting.Average(load => load.CpuPercent!.Value);
        var weight = reporting.Average(load => load.Weight);
        return new(mean, weight > 0 ? mean / weight : 0);
    }

    /// <summary>Whether a worker may get a lease: with it, its CPU stays near the mean and below its own limit. A worker that reports no CPU may.</summary>
    public bool Allows(WorkerLoad to, double weight)
    {
        var after = to.CpuPercent + (weight * to.CpuPerWeight(PerWeight));
        return after is null || (after <= _mean + _band && after <= to.CpuLimit);
    }

    /// <summary>Takes load off the busiest workers.</summary>
    public IEnumerable<LeaseMove> Relieve(IReadOnlyCollection<WorkerLoad> loads, int budget)
    {
        var busy = loads
            .Where(load => load.ReportedCpuPercent > _mean + _band || load.ReportedCpuPercent > load.CpuLimit)
            .OrderByDescending(load => load.ReportedCpuPercent)
            .ThenBy(load => load.Worker, StringComparer.Ordinal)
            .ToList();
        return busy.SelectMany(from => Relieve(from, loads)).Take(budget);
    }

    private IEnumerable<LeaseMove> Relieve(WorkerLoad from, IReadOnlyCollection<WorkerLoad> loads)
    {
        var percent = from.ReportedCpuPercent!.Value;
        var excess = Math.Max(percent - _mean, percent - from.CpuLimit!.Value) * Dampening;
        if (excess < LeastEffectPoints)
            yield break;
        var left = from.Weight * excess / percent;
        var hasMoved = false;
        for (var i = 0; i < from.Movable.Count && from.Count > 1;)
        {
            var (weight, candidate) = from.Movable[i];
            // The lightest goes even if it is more than wanted, or a worker with few heavy leases would never be relieved.
            var isWanted = weight <= left || (!hasMoved && i == from.Movable.Count - 1);
            if (!isWanted || Receiver(loads, load => load != from && load.HasRoomFor(candidate), weight) is not { } to)
            {
                i++;
                continue;
            }

            var lease = from.Lose(i);
            to.Gain(lease, PerWeight);
            (left, hasMoved) = (left - weight, true);
            yield return new(lease, to.Worker, LeaseMoveKind.Handover);
        }
    }

    private WorkerLoad? Receiver(IEnumerable<WorkerLoad> loads, Func<WorkerLoad, bool> isAllowed, double weight) => loads
        .Where(load => load.CpuPercent is not null && isAllowed(load) && Allows(load, weight))
        .OrderBy(load => load.CpuPercent)
        .ThenBy(load => load.Count)
        .FirstOrDefault();
}
