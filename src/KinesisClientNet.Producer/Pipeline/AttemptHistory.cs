namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// The tries of one Kinesis record. The first is kept inline, so the usual case allocates nothing; of a long outage the first and the newest
/// <see cref="MaxKept"/> are kept (the KPL's list grows without bound, kpl.md 3.8).
/// </summary>
internal struct AttemptHistory
{
    internal const int MaxKept = 20;

    private RecordAttempt _first;
    private List<RecordAttempt>? _later;

    /// <summary>How many tries there were, kept or not.</summary>
    internal int Count { get; private set; }

    internal readonly RecordAttempt Last => _later is { Count: > 0 } later ? later[^1] : _first;

    internal void Add(TimeSpan delay, TimeSpan duration, string? errorCode, string? errorMessage)
    {
        var attempt = new RecordAttempt(++Count, delay, duration, errorCode, errorMessage);
        if (Count == 1)
        {
            _first = attempt;
            return;
        }

        _later ??= [];
        if (_later.Count == MaxKept)
            _later.RemoveAt(0);
        _later.Add(attempt);
    }

    internal readonly IReadOnlyList<RecordAttempt> ToList() => Count switch
    {
        0 => [],
        1 => [_first],
        _ => [_first, .. _later!],
    };

    /// <summary>A copy that does not share its list: for records that part ways.</summary>
    internal readonly AttemptHistory Fork()
    {
        var fork = this;
        if (_later is not null)
            fork._later = [.. _later];
        return fork;
    }
}
