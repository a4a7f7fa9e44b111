using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Storage;

/// <summary>
/// The records of a shard, in sequence order, in segments of 256; appended at the end, trimmed at the front. The shard's lock guards it.
/// An index counts all records since the shard began.
/// </summary>
internal sealed class RecordLog
{
    public const int SegmentBits = 8;
    public const int SegmentMask = SegmentSize - 1;
    private const int SegmentSize = 1 << SegmentBits;
    private const int FirstSegmentSize = 16;

    private sealed class Segment(KinesisRecord[] records)
    {
        public KinesisRecord[] Records = records;
        public DateTimeOffset LatestArrival = DateTimeOffset.MinValue;
    }

    private readonly RecordArena _arena = new();
    private readonly List<Segment> _segments = [];
    private long _base; // index of the first record of the first segment

    /// <summary>Index of the oldest retained record.</summary>
    public long First { get; private set; }

    /// <summary>Index after the newest record.</summary>
    public long End { get; private set; }

    /// <summary>True before the first record of a segment: a cheap moment to trim.</summary>
    public bool IsAtSegmentStart => (End & SegmentMask) == 0;

    public KinesisRecord this[long index]
    {
        get
        {
            var at = (int)(index - _base);
            return _segments[at >> SegmentBits].Records[at & SegmentMask];
        }
    }

    public void Append(SequenceNumber sequence, DateTimeOffset arrival, ReadOnlySpan<byte> data, string? partitionKey, string encryptionType)
    {
        var at = (int)(End - _base);
        if (at >> SegmentBits == _segments.Count)
            _segments.Add(new(new KinesisRecord[_base == 0 && at == 0 ? FirstSegmentSize : SegmentSize]));
        var segment = _segments[at >> SegmentBits];
        var slot = at & SegmentMask;

        // Only a log's first segment grows; windows on the smaller array stay right, because its records are never written again.
        if (slot == segment.Records.Length)
            Array.Resize(ref segment.Records, slot * 2);
        segment.Records[slot] = new(sequence, arrival, _arena.Copy(data), partitionKey, encryptionType);
        if (arrival > segment.LatestArrival)
            segment.LatestArrival = arrival;
        End++;
    }

    /// <summary>Forgets records that arrived before the horizon. It never comes back: <see cref="First"/> only grows.</summary>
    public void TrimBefore(DateTimeOffset horizon)
    {
        while (First < End && this[First].ApproximateArrivalTimestamp < horizon)
            First++;
        var dead = (int)((First - _base) >> SegmentBits);
        if (dead == 0)
            return;
        _segments.RemoveRange(0, dead);
        _base += (long)dead << SegmentBits;
    }

    /// <summary>Index of the first retained record whose number is at least this one.</summary>
    public long IndexAtOrAfter(SequenceNumber number)
    {
        var (low, high) = (First, End);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (this[middle].SequenceNumber < number)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Index of the first retained record that arrived at or after the time; arrival times need not be in order, so this is a scan.</summary>
    public long IndexArrivedAtOrAfter(DateTimeOffset time)
    {
        for (var segment = 0; segment < _segments.Count; segment++)
        {
            if (_segments[segment].LatestArrival < time)
                continue;
            var start = _base + ((long)segment << SegmentBits);
            for (var index = Math.Max(start, First); index < Math.Min(start + SegmentSize, End); index++)
            {
                if (this[index].ApproximateArrivalTimestamp >= time)
                    return index;
            }
        }

        return End;
    }

    /// <summary>How many records from the index on fit into both limits: at least one when any is there.</summary>
    public int CountFitting(long index, int maxRecords, long maxBytes, out long bytes)
    {
        bytes = 0;
        var count = 0;
        for (; count < maxRecords && index + count < End; count++)
        {
            var record = this[index + count];
            var size = record.Data.Length + (record.PartitionKey?.Length ?? 0);
            if (count > 0 && bytes + size > maxBytes)
                break;
            bytes += size;
        }

        return count;
    }

    public IReadOnlyList<KinesisRecord> Window(long index, int count)
    {
        if (count == 0)
            return RecordWindow.Empty;
        var at = (int)(index - _base);
        var (firstSegment, lastSegment) = (at >> SegmentBits, (at + count - 1) >> SegmentBits);
        var arrays = new KinesisRecord[lastSegment - firstSegment + 1][];
        for (var i = 0; i < arrays.Length; i++)
            arrays[i] = _segments[firstSegment + i].Records;
        return new RecordWindow(arrays, at & SegmentMask, count);
    }
}
