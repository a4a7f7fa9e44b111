namespace KinesisClientNet.Simulation;

/// <summary>What a run came to.</summary>
/// <param name="Seed">The plan's seed.</param>
/// <param name="Violation">The first broken rule; null when all held.</param>
/// <param name="FaultsByKind">What was done to the fleet: events of the plan, and the faults that calls then met.</param>
/// <param name="Records">Records enqueued.</param>
/// <param name="DeadLetters">Records given up.</param>
/// <param name="UncoveredFor">For how long after the last disturbance a shard had no living owner.</param>
/// <param name="ShareOfLimit">How much of the time that it may take that took: 1 is all.</param>
/// <param name="Trace">Every event.</param>
internal sealed record SimulationResult(
    int Seed, string? Violation, IReadOnlyDictionary<string, long> FaultsByKind, int Records, int DeadLetters, TimeSpan UncoveredFor, double ShareOfLimit, Trace Trace)
{
    public long Faults => FaultsByKind.Values.Sum();
}

/// <summary>The sum of many runs.</summary>
internal sealed class SimulationTotals
{
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);

    public int Seeds { get; private set; }

    public int Violations { get; private set; }

    public long Records { get; private set; }

    public long DeadLetters { get; private set; }

    public TimeSpan LongestUncovered { get; private set; }

    /// <summary>The run that came nearest to its limit of coverage.</summary>
    public (int Seed, double Share) Nearest { get; private set; }

    public string FaultsByKind => string.Join(", ", _faults.Where(static entry => entry.Value > 0).Select(static entry => $"{entry.Key} {entry.Value}"));

    public string Sentence => $"seeds {Seeds}, violations {Violations}, faults {_faults.Values.Sum()}, records {Records}";

    public void Add(SimulationResult result)
    {
        Seeds++;
        Violations += result.Violation is null ? 0 : 1;
        Records += result.Records;
        DeadLetters += result.DeadLetters;
        LongestUncovered = result.UncoveredFor > LongestUncovered ? result.UncoveredFor : LongestUncovered;
        Nearest = result.ShareOfLimit > Nearest.Share ? (result.Seed, result.ShareOfLimit) : Nearest;
        foreach (var (kind, count) in result.FaultsByKind)
            _faults[kind] = _faults.GetValueOrDefault(kind) + count;
    }
}
