using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer;

/// <summary>
/// One user record: a Kinesis record, or one of the many inside an aggregated one. A small value that points into the page it was read with;
/// copying it is cheap and allocates nothing.
/// </summary>
public readonly struct ConsumedRecord
{
    private const int Plain = -1;

    private readonly ShardPage _page;
    private readonly int _outer;
    private readonly int _place;

    /// <summary>Creates a record: for tests of a processor.</summary>
    /// <param name="partitionKey">The key.</param>
    /// <param name="data">The payload.</param>
    /// <param name="position">Its place in the shard.</param>
    /// <param name="approximateArrivalTimestamp">When the service took it.</param>
    /// <exception cref="ArgumentException">The position is a sentinel.</exception>
    public ConsumedRecord(
        string partitionKey, ReadOnlyMemory<byte> data, ExtendedSequenceNumber position, DateTimeOffset approximateArrivalTimestamp = default)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        if (!position.IsNumber)
            throw new ArgumentException($"A record has a number, not {position}.", nameof(position));
        _page = new ShardPage([new KinesisRecord(position.SequenceNumber, approximateArrivalTimestamp, data, partitionKey)]);
        _place = position.SubSequenceNumber == 0 ? Plain : checked((int)position.SubSequenceNumber);
        PartitionKey = partitionKey;
        Data = data;
    }

    /// <summary>A plain record.</summary>
    internal ConsumedRecord(ShardPage page, int outer)
    {
        var record = page.Records[outer];
        (_page, _outer, _place) = (page, outer, Plain);
        (PartitionKey, Data) = (record.PartitionKey ?? "", record.Data);
    }

    /// <summary>A record inside an aggregate.</summary>
    internal ConsumedRecord(ShardPage page, int outer, int place, string partitionKey, ReadOnlyMemory<byte> data) =>
        (_page, _outer, _place, PartitionKey, Data) = (page, outer, place, partitionKey, data);

    /// <summary>The key; empty on a stream whose record distribution is AUTO (the service sends none).</summary>
    public string PartitionKey { get; }

    /// <summary>The payload. Its memory is pooled: valid until the handler of its batch returns; copy what you keep.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The sequence number of the Kinesis record; the same for all records of an aggregate.</summary>
    public SequenceNumber SequenceNumber => _page.Records[_outer].SequenceNumber;

    /// <summary>The place inside the aggregate, from 0; 0 for a plain record.</summary>
    public long SubSequenceNumber => _place < 0 ? 0 : _place;

    /// <summary>Sequence number and place: what a checkpoint holds.</summary>
    public ExtendedSequenceNumber Position => new(SequenceNumber, SubSequenceNumber);

    /// <summary>When the service took the Kinesis record, to the millisecond. Not strictly rising.</summary>
    public DateTimeOffset ApproximateArrivalTimestamp => _page.Records[_outer].ApproximateArrivalTimestamp;

    /// <summary>The explicit hash key, which only a record inside an aggregate can carry back; else null.</summary>
    public UInt128? ExplicitHashKey => _place < 0 ? null : _page.ExplicitHashKeyOf(_outer, _place);

    /// <summary>Whether it came inside an aggregate.</summary>
    public bool IsAggregated => _place >= 0;

    /// <summary>
    /// The W3C traceparent of the activity in which the producer was given the record (<c>PropagateTraceContext</c> of our producer); null when it
    /// carries none. Read from the record's bytes, unchecked, when first asked for; use it while the handler of its batch runs.
    /// </summary>
    public string? TraceParent => _place < 0 ? null : _page.TraceParentOf(_outer, _place);

    internal ShardPage Page => _page;

    /// <summary>Whether it came inside the same Kinesis record.</summary>
    internal bool IsBesides(ConsumedRecord other) => ReferenceEquals(_page, other._page) && _outer == other._outer;
}
