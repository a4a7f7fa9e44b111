using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>A fleet that does at once what the planner says: for laws about plans, without clocks and loops.</summary>
/// <param name="shards">How many shards.</param>
/// <param name="throughputKBps">What each shard carries; null when nobody has measured.</param>
internal sealed class PlanModel(int shards, Func<int, double?>? throughputKBps = null)
{
    private static readonly LeasePlanLimits Limits =
        new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60), int.MaxValue, 256);

    private readonly Dictionary<string, Lease> _leases = Enumerable.Range(0, shards)
        .Select(i => new Lease { LeaseKey = $"shardId-{i:D12}", ShardId = $"shardId-{i:D12}", Checkpoint = ExtendedSequenceNumber.TrimHorizon, ThroughputKBps = throughputKBps?.Invoke(i) })
        .ToDictionary(lease => lease.LeaseKey);

    private readonly SortedSet<string> _workers = new(StringComparer.Ordinal);

    /// <summary>A worker joins.</summary>
    /// <returns>How many leases must move at least.</returns>
    public int Join(string worker)
    {
        _workers.Add(worker);
        return _workers.Count == 1 ? shards : shards / _workers.Count;
    }

    /// <summary>A worker leaves and gives its leases up.</summary>
    /// <returns>How many leases must move at least.</returns>
    public int Leave(string worker)
    {
        _workers.Remove(worker);
        var freed = _leases.Values.Where(lease => lease.Owner == worker).ToList();
        foreach (var lease in freed)
            _leases[lease.LeaseKey] = lease with { Owner = null, Counter = lease.Counter + 1 };
        return freed.Count;
    }

    /// <summary>Plans and executes once.</summary>
    /// <returns>How many leases moved.</returns>
    public int PlanOnce()
    {
        var table = new LeaseTable([.. _leases.Values], [.. _workers.Select(worker => new WorkerReport(worker, DateTimeOffset.UnixEpoch))]);
        var watch = LeaseWatch.Empty.Observe(table, TimeSpan.Zero, DateTimeOffset.UnixEpoch);
        var plan = LeasePlanner.Plan(table, watch, TimeSpan.Zero, Limits);
        MovedKBps = plan.Moves.Where(move => move.Kind == LeaseMoveKind.Handover).Sum(move => move.Lease.ThroughputKBps ?? 0);
        foreach (var move in plan.Moves)
            _leases[move.Lease.LeaseKey] = move.Lease with { Owner = move.To, Counter = move.Lease.Counter + 1 };
        return plan.Moves.Length;
    }

    /// <summary>The workers' throughputs, lightest first.</summary>
    public IReadOnlyList<double> Loads() =>
        [.. _workers.Select(worker => _leases.Values.Where(lease => lease.Owner == worker).Sum(lease => lease.ThroughputKBps ?? 0)).Order()];

    /// <summary>Each worker's throughput and its lightest lease.</summary>
    public IReadOnlyList<(double KBps, double Lightest)> Carried() =>
    [
        .. _workers.Select(worker => _leases.Values.Where(lease => lease.Owner == worker).Select(lease => lease.ThroughputKBps ?? 0).ToList())
            .Where(own => own.Count > 0).Select(own => (own.Sum(), own.Min())),
    ];

    /// <summary>What the last <see cref="PlanOnce"/> moved by hand-over.</summary>
    public double MovedKBps { get; private set; }

    /// <summary>Most minus fewest leases of a worker.</summary>
    public int Spread()
    {
        var counts = _workers.Select(worker => _leases.Values.Count(lease => lease.Owner == worker)).ToList();
        return counts.Max() - counts.Min();
    }
}
