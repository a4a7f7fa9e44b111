namespace KinesisClientNet.Consumer.Processing;

/// <summary>Records that are delivered together, each with its ordinal. Immutable, save that its arrays are used again when all of it is settled.</summary>
internal sealed class Segment
{
    private readonly ArraySegment<ConsumedRecord> _records;
    private readonly long[]? _ordinals;
    private readonly int _ordinalOffset;
    private readonly long _first;

    /// <summary>Records with ordinals that follow each other.</summary>
    public Segment(ArraySegment<ConsumedRecord> records, long first) => (_records, _first) = (records, first);

    /// <summary>Records with any rising ordinals.</summary>
    public Segment(ArraySegment<ConsumedRecord> records, long[] ordinals, int ordinalOffset = 0) =>
        (_records, _ordinals, _ordinalOffset) = (records, ordinals, ordinalOffset);

    public int Count => _records.Count;

    public ArraySegment<ConsumedRecord> Records => _records;

    /// <summary>How often these records were delivered already.</summary>
    public int Attempts { get; init; }

    /// <summary>Whether each record is known to fail by itself.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>How long to wait before the next delivery.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Why the last delivery failed.</summary>
    public Exception? Error { get; init; }

    /// <summary>If the ordinals follow each other, the first one.</summary>
    public long? ContiguousFrom => _ordinals is null ? _first : null;

    public ref readonly ConsumedRecord this[int index] => ref _records.AsSpan()[index];

    public long OrdinalOf(int index) => _ordinals is null ? _first + index : _ordinals[_ordinalOffset + index];

    /// <summary>A part that keeps the attempts and is delivered at once.</summary>
    public Segment Slice(int start, int count) => _ordinals is null
        ? new(_records.Slice(start, count), _first + start) { Attempts = Attempts, IsIsolated = IsIsolated, Error = Error }
        : new(_records.Slice(start, count), _ordinals, _ordinalOffset + start) { Attempts = Attempts, IsIsolated = IsIsolated, Error = Error };

    /// <summary>The same records after a failed delivery.</summary>
    public Segment Again(int attempts, TimeSpan wait, Exception? error) => _ordinals is null
        ? new(_records, _first) { Attempts = attempts, IsIsolated = IsIsolated, Wait = wait, Error = error }
        : new(_records, _ordinals, _ordinalOffset) { Attempts = attempts, IsIsolated = IsIsolated, Wait = wait, Error = error };

    /// <summary>Some of the records, by index, in rising order.</summary>
    public Segment Pick(List<int> indexes, int attempts, bool isIsolated, TimeSpan wait, Exception? error)
    {
        var records = new ConsumedRecord[indexes.Count];
        var ordinals = new long[indexes.Count];
        for (var i = 0; i < records.Length; i++)
            (records[i], ordinals[i]) = (this[indexes[i]], OrdinalOf(indexes[i]));
        return new(records, ordinals) { Attempts = attempts, IsIsolated = isIsolated, Wait = wait, Error = error };
    }
}
