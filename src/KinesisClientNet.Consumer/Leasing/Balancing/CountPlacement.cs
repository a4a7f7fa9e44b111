namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>
/// The same number of leases for every worker, give or take one, with the fewest moves: what a worker has stays, only what is above its target
/// goes. Working state of one plan.
/// </summary>
internal sealed class CountPlacement
{
    private readonly Dictionary<string, List<Lease>> _leases;
    private readonly SortedSet<(int Count, string Worker)> _byCount = [];
    private readonly int _maxLeases;

    public CountPlacement(FleetView fleet, int maxLeases)
    {
        _maxLeases = maxLeases;
        _leases = fleet.ActiveWorkers.ToDictionary(worker => worker, _ => new List<Lease>(), StringComparer.Ordinal);
        foreach (var lease in fleet.Held)
            _leases[lease.Owner!].Add(lease);
        foreach (var (worker, leases) in _leases)
            _byCount.Add((leases.Count, worker));
    }

    /// <summary>Finds a worker for a lease that nobody works on: the one with the fewest leases, but if possible not the one that let it expire.</summary>
    /// <returns>The worker; null when all are full.</returns>
    public string? Place(Lease lease)
    {
        var (count, worker) = _byCount.Min;
        if (worker == lease.ActualOwner && _byCount.Count > 1)
            (count, worker) = _byCount.ElementAt(1);
        if (count >= _maxLeases)
            (count, worker) = _byCount.Min;
        if (count >= _maxLeases)
            return null;
        Add(worker, lease);
        return worker;
    }

    /// <summary>Finds a worker for a lease whose hand-over is stuck: the one that it was meant for, else the one with the fewest leases.</summary>
    /// <returns>The worker; null when the old owner has to keep it for now.</returns>
    public string? Force(Lease lease)
    {
        var worker = _leases.ContainsKey(lease.Owner!) ? lease.Owner! : _byCount.Min.Worker;
        Add(worker, lease);
        return worker;
    }

    /// <summary>Levels the counts by hand-overs.</summary>
    /// <param name="budget">The most hand-overs to start.</param>
    public IEnumerable<LeaseMove> Level(int budget)
    {
        var movable = _leases.ToDictionary(
            entry => entry.Key,
            entry => new Stack<Lease>(entry.Value.Where(lease => lease.Owner == entry.Key && !lease.IsHandingOver).OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal)),
            StringComparer.Ordinal);
        for (; budget > 0; budget--)
        {
            var least = _byCount.Min;
            if (least.Count >= _maxLeases)
                yield break;
            var most = _byCount.Reverse().FirstOrDefault(entry => movable[entry.Worker].Count > 0);
            if (most.Worker is null || most.Count - least.Count < 2)
                yield break;
            var lease = movable[most.Worker].Pop();
            Resize(most, -1);
            Resize(least, +1);
            yield return new(lease, least.Worker, LeaseMoveKind.Handover);
        }
    }

    private void Add(string worker, Lease lease)
    {
        var leases = _leases[worker];
        _byCount.Remove((leases.Count, worker));
        leases.Add(lease);
        _byCount.Add((leases.Count, worker));
    }

    private void Resize((int Count, string Worker) entry, int by)
    {
        _byCount.Remove(entry);
        _byCount.Add((entry.Count + by, entry.Worker));
    }
}
