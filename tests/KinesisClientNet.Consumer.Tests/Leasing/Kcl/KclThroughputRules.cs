using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// KCL's strategy WORKER_UTILIZATION_AWARE where no CPU is reported (§2.10, §2.10.2): each worker's metric is its throughput as a percentage of the fair share, its operating range 100. 0/0 counts as 0, and
/// of equal workers the one that has waited longest is taken, as a queue would. Pure.
/// </summary>
internal sealed class KclThroughputRules
{
    private const double Threshold = 0.1;
    private const double Dampening = 0.6;
    private const double OperatingRange = 100;

    private readonly double _average;
    private readonly double _target;
    private readonly double _fleetValue;
    private readonly Dictionary<string, double> _values;
    private readonly List<string> _queue;

    public KclThroughputRules(IReadOnlyCollection<Lease> leases, IReadOnlyCollection<string> workers)
    {
        _average = leases.Where(lease => lease.ThroughputKBps is not null).Select(lease => lease.ThroughputKBps!.Value).DefaultIfEmpty(0).Average();
        _target = _average * leases.Count / Math.Max(1, workers.Count);
        _values = workers.ToDictionary(worker => worker, worker => _target == 0 ? 0 : leases.Where(lease => lease.ActualOwner == worker).Sum(Of) / _target * 100);
        _fleetValue = _values.Values.Average();
        _queue = [.. workers.Order(StringComparer.Ordinal)];
    }

    /// <summary>Who gets a lease that nobody works on; null when nothing need be written: its owner finds it again.</summary>
    public string? Place(Lease lease)
    {
        var to = Poll();
        _values[to] = Predict(to, lease);
        _queue.Add(to);
        return lease.ActualOwner == to && !lease.IsHandingOver ? null : to;
    }

    /// <summary>Variance balancing.</summary>
    public IEnumerable<(Lease Lease, string To)> Balance(IReadOnlyCollection<Lease> held)
    {
        if (_values.Values.All(value => value <= _fleetValue * (1 + Threshold) && value >= _fleetValue * (1 - Threshold) && value <= OperatingRange))
            yield break;
        var sources = _values.Where(entry => entry.Value >= _fleetValue * (1 + Threshold) || entry.Value > OperatingRange).ToList();
        if (sources.Count == 0)
            sources = [_values.MaxBy(entry => entry.Value)];
        var takes = sources.Select(entry => (entry.Key, Take: entry.Value == 0 ? 0 : held.Where(lease => lease.ActualOwner == entry.Key).Sum(Of) * (entry.Value - _fleetValue) / entry.Value * Dampening));
        foreach (var (from, take) in takes.OrderByDescending(entry => entry.Take).ToList())
        {
            foreach (var lease in Choose([.. held.Where(lease => lease.ActualOwner == from)], take))
            {
                if (_queue.Count == 0)
                    yield break;
                var to = Poll();
                var after = Predict(to, lease);
                if (to == from || after > _fleetValue || after > OperatingRange)
                    break; // the polled worker is not put back
                _values[to] = after;
                _queue.Add(to);
                yield return (lease, to);
            }
        }
    }

    private List<Lease> Choose(List<Lease> own, double take)
    {
        var chosen = new List<Lease>();
        foreach (var lease in own.Where(lease => !lease.IsFinished))
        {
            if (Of(lease) >= take)
                continue;
            chosen.Add(lease);
            take -= Of(lease);
        }

        if (chosen.Count == 0 && own.Count > 0 && take > 0)
            chosen.Add(own.MinBy(Of)!);
        return chosen;
    }

    private string Poll()
    {
        var head = _queue.MaxBy(worker => _values[worker] == 0 ? 1 : (_fleetValue - _values[worker]) / _values[worker])!;
        _queue.Remove(head);
        return head;
    }

    private double Predict(string worker, Lease lease) => _values[worker] + (_target == 0 ? 0 : Of(lease) * _fleetValue / _target);

    private double Of(Lease lease) => lease.ThroughputKBps ?? _average;
}
