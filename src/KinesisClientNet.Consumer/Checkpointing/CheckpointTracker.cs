using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Checkpointing;

/// <summary>
/// The contiguous completed prefix of a shard: records are appended in shard order, each with the next ordinal, and completed in any order;
/// the prefix ends before the first one that is not complete. A bit per outstanding record and one entry per outstanding Kinesis record.
/// Not thread-safe: its owner calls it under its own lock.
/// </summary>
internal sealed class CheckpointTracker
{
    private readonly Queue<Segment> _segments = new();
    private ulong[] _bits = new ulong[16];
    private long _prefix;
    private long _bitsSet;

    /// <summary>Up to where everything is complete; null before the first record is.</summary>
    public ExtendedSequenceNumber? Completed { get; private set; }

    /// <summary>How many records were appended: the next ordinal.</summary>
    public long Appended { get; private set; }

    /// <summary>How many records the prefix has.</summary>
    public long CompletedCount => _prefix;

    /// <summary>How many records lie beyond the prefix, complete ones among them.</summary>
    public long Outstanding => Appended - _prefix;

    /// <summary>Appends records of one Kinesis record.</summary>
    /// <param name="sequenceNumber">Its number: not below the last one.</param>
    /// <param name="firstPlace">The place of the first of them inside the aggregate, 0 for a plain record.</param>
    /// <param name="count">How many.</param>
    /// <returns>The ordinal of the first.</returns>
    public long Append(SequenceNumber sequenceNumber, int firstPlace, int count)
    {
        var first = Appended;
        if (count == 0)
            return first;
        _segments.Enqueue(new Segment(sequenceNumber, firstPlace, first, count));
        Appended += count;
        EnsureCapacity();
        return first;
    }

    /// <summary>Completes records; those that are already complete stay so.</summary>
    /// <param name="first">The first ordinal.</param>
    /// <param name="count">How many.</param>
    public void Complete(long first, long count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Appended);
        var end = first + count;
        first = Math.Max(first, _prefix);
        if (first >= end)
            return;
        if (first == _prefix)
            MovePrefix(end);
        else
            SetBits(first, end);
        AdvanceSegments();
    }

    /// <summary>Whether a record is complete.</summary>
    public bool IsComplete(long ordinal) => ordinal < _prefix || (_bits[WordOf(ordinal)] & BitOf(ordinal)) != 0;

    private void AdvanceSegments()
    {
        while (_segments.TryPeek(out var segment) && segment.First < _prefix)
        {
            var done = (int)Math.Min(segment.Count, _prefix - segment.First);
            Completed = new ExtendedSequenceNumber(segment.SequenceNumber, segment.FirstPlace + done - 1);
            if (done < segment.Count)
                return;
            _segments.Dequeue();
        }
    }

    private void MovePrefix(long end)
    {
        if (_bitsSet == 0)
        {
            _prefix = end;
            return;
        }

        // Records below the prefix are complete without a bit: one that stayed set would complete a later record that shares its place in the ring.
        for (; _prefix < end; _prefix++)
            TakeBit(_prefix);
        while (_bitsSet > 0 && TakeBit(_prefix))
            _prefix++;
    }

    private void SetBits(long first, long end)
    {
        for (var ordinal = first; ordinal < end; ordinal++)
        {
            ref var word = ref _bits[WordOf(ordinal)];
            if ((word & BitOf(ordinal)) == 0)
                _bitsSet++;
            word |= BitOf(ordinal);
        }
    }

    private bool TakeBit(long ordinal)
    {
        ref var word = ref _bits[WordOf(ordinal)];
        var bit = BitOf(ordinal);
        if ((word & bit) == 0)
            return false;
        word &= ~bit;
        _bitsSet--;
        return true;
    }

    private void EnsureCapacity()
    {
        if (Outstanding <= _bits.Length * 64L)
            return;
        var old = _bits;
        var size = old.Length;
        while (Outstanding > size * 64L)
            size *= 2;
        _bits = new ulong[size];
        for (var ordinal = _prefix; ordinal < _prefix + (old.Length * 64L); ordinal++)
        {
            if ((old[(int)((ordinal >> 6) & (old.Length - 1))] & BitOf(ordinal)) != 0)
                _bits[WordOf(ordinal)] |= BitOf(ordinal);
        }
    }

    private int WordOf(long ordinal) => (int)((ordinal >> 6) & (_bits.Length - 1));

    private static ulong BitOf(long ordinal) => 1UL << (int)(ordinal & 63);

    private readonly record struct Segment(SequenceNumber SequenceNumber, int FirstPlace, long First, int Count);
}
