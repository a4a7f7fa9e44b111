using System.Runtime.InteropServices;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// Turns the Kinesis records of one shard into user records, in order, a piece at a time, so that a large page is never spread out as a whole.
/// Leaves out what the checkpoint covers, down to the place inside an aggregate. Not thread-safe.
/// </summary>
internal sealed class Deaggregator
{
    /// <summary>Above this an unusually large aggregate's list is given back instead of kept for the shard's life.</summary>
    private const int MaxRetainedRecords = 65_536;

    /// <summary>
    /// Digests are read this many at a time, sixteen or eight side by side: one by one they are half the cost of a record. Not the whole page, so
    /// that the handler's first record does not wait for the last digest, and what was hashed is still in the processor's cache when it is read.
    /// </summary>
    private const int DigestsAtOnce = 32;

    private readonly ReadOnlyMemory<byte>[] _blobs = new ReadOnlyMemory<byte>[DigestsAtOnce];
    private readonly bool[] _isAggregate = new bool[DigestsAtOnce];
    private readonly HashKeyRange? _range;
    private readonly bool _dropsOutOfRange;
    private readonly ExtendedSequenceNumber _start;
    private List<AggregatedUserRecord> _aggregate = [];
    private ShardPage? _page;
    private int _outer;
    private int _place;
    private int _judgedTo;
    private bool _isPastStart;
    private bool _sawStart;

    /// <param name="range">The shard's hash keys; null when unknown, then nothing is checked.</param>
    /// <param name="dropsOutOfRange">KCL's rule: an aggregate with any record outside the range is dropped as a whole.</param>
    /// <param name="start">Records up to and including this position are left out.</param>
    public Deaggregator(HashKeyRange? range, bool dropsOutOfRange, ExtendedSequenceNumber start)
    {
        (_range, _dropsOutOfRange, _start) = (range, dropsOutOfRange, start);
        _isPastStart = !start.IsNumber;
    }

    /// <summary>User records that came inside aggregates and whose key does not belong to the shard.</summary>
    public long OutOfRangeRecords { get; private set; }

    /// <summary>User records that were dropped by KCL's rule.</summary>
    public long DroppedRecords { get; private set; }

    /// <summary>Whether the first record behind the checkpoint was not the checkpoint itself: the records in between have left the stream's retention.</summary>
    public bool IsStartMissing { get; private set; }

    /// <summary>Starts on a page. The caller holds it until <see cref="Read"/> has returned 0.</summary>
    public void Open(ShardPage page) => (_page, _outer, _place, _judgedTo) = (page, 0, 0, 0);

    /// <summary>Reads on.</summary>
    /// <param name="into">Where the records go.</param>
    /// <returns>How many; 0 at the page's end.</returns>
    public int Read(Span<ConsumedRecord> into)
    {
        var count = 0;
        while (_page is not null && _outer < _page.Records.Count && count < into.Length)
        {
            if (_place == 0 && !OpenOuter(into, ref count))
                continue;
            count += Take(into[count..]);
        }

        return count;
    }

    /// <summary>Begins a Kinesis record.</summary>
    /// <returns>False when it is finished already: plain, left out or empty.</returns>
    private bool OpenOuter(Span<ConsumedRecord> into, ref int count)
    {
        var record = _page!.Records[_outer];
        _aggregate.Clear();
        if (!IsAggregate() || !AggregatedRecordReader.TryReadVerified(record.Data, _aggregate))
        {
            if (IsBehindStart(record.SequenceNumber, 0))
                into[count++] = new ConsumedRecord(_page, _outer);
            _outer++;
            return false;
        }

        var outside = _range is { } range ? AggregatedRangeCheck.CountOutside(CollectionsMarshal.AsSpan(_aggregate), range) : 0;
        OutOfRangeRecords += outside;
        if (outside > 0 && _dropsOutOfRange)
        {
            DroppedRecords += _aggregate.Count;
            _aggregate.Clear();
        }

        while (_place < _aggregate.Count && !IsBehindStart(record.SequenceNumber, _place))
            _place++;
        if (_place < _aggregate.Count)
            return true;
        FinishOuter();
        return false;
    }

    /// <summary>Whether the present Kinesis record has an aggregate's frame and digest.</summary>
    private bool IsAggregate()
    {
        if (_outer == _judgedTo)
        {
            var count = Math.Min(DigestsAtOnce, _page!.Records.Count - _outer);
            for (var i = 0; i < count; i++)
                _blobs[i] = _page.Records[_outer + i].Data;
            AggregatedRecordDigest.Verify(_blobs.AsSpan(0, count), _isAggregate);
            _blobs.AsSpan(0, count).Clear();
            _judgedTo += count;
        }

        return _isAggregate[_outer % DigestsAtOnce];
    }

    private int Take(Span<ConsumedRecord> into)
    {
        var records = CollectionsMarshal.AsSpan(_aggregate);
        var taken = Math.Min(into.Length, records.Length - _place);
        for (var i = 0; i < taken; i++)
        {
            ref readonly var record = ref records[_place + i];
            into[i] = new ConsumedRecord(_page!, _outer, _place + i, record.PartitionKey, record.Data);
            if (record.ExplicitHashKey is { } hashKey)
                _page!.SetExplicitHashKey(_outer, _place + i, records.Length, hashKey);
        }

        _place += taken;
        if (_place == records.Length)
            FinishOuter();
        return taken;
    }

    private void FinishOuter()
    {
        (_outer, _place) = (_outer + 1, 0);
        if (_aggregate.Capacity > MaxRetainedRecords)
            _aggregate = [];
    }

    private bool IsBehindStart(SequenceNumber sequenceNumber, int place)
    {
        if (_isPastStart)
            return true;
        if (new ExtendedSequenceNumber(sequenceNumber, place) <= _start)
        {
            _sawStart |= sequenceNumber == _start.SequenceNumber;
            return false;
        }

        IsStartMissing = !_sawStart && sequenceNumber != _start.SequenceNumber;
        return _isPastStart = true;
    }

}
