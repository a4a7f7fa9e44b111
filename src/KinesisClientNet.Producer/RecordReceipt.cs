using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer;

/// <summary>
/// Proof that Kinesis stored a record. A small value over what all records of its Kinesis record share; copying it is cheap, reading
/// <see cref="Attempts"/> builds the list once. Immutable and thread-safe.
/// </summary>
public readonly record struct RecordReceipt
{
    private readonly DeliveryOutcome? _outcome;
    private readonly int _index;

    /// <summary>Creates a receipt, for tests and for own implementations of <see cref="IKinesisProducer"/>.</summary>
    /// <param name="shardId">The shard that stored the record.</param>
    /// <param name="sequenceNumber">The sequence number of its Kinesis record.</param>
    /// <param name="subSequenceNumber">Position inside the Kinesis record.</param>
    /// <param name="attempts">The tries, oldest first; null for one without times.</param>
    public RecordReceipt(string shardId, SequenceNumber sequenceNumber, int subSequenceNumber = 0, IReadOnlyList<RecordAttempt>? attempts = null)
        : this(new DeliveryOutcome(shardId, sequenceNumber, attempts ?? [new RecordAttempt(1, TimeSpan.Zero, TimeSpan.Zero)]), subSequenceNumber)
    {
    }

    internal RecordReceipt(DeliveryOutcome outcome, int index) => (_outcome, _index) = (outcome, index);

    /// <summary>The shard that stored the record; empty on a default value.</summary>
    public string ShardId => _outcome?.ShardId ?? "";

    /// <summary>The sequence number; all records of one aggregate share it.</summary>
    public SequenceNumber SequenceNumber => _outcome?.SequenceNumber ?? default;

    /// <summary>The position inside the aggregate, from 0; 0 for a record that went alone. Consumers see the same number.</summary>
    public int SubSequenceNumber => _index;

    /// <summary>The tries, oldest first; the last one succeeded. Of a long history the first and the newest are kept.</summary>
    public IReadOnlyList<RecordAttempt> Attempts => _outcome?.Attempts ?? [];

    /// <summary>The place of the record in words, for logs.</summary>
    /// <returns>Shard, sequence number and position.</returns>
    public override string ToString() => $"{ShardId} {SequenceNumber}/{SubSequenceNumber}";
}
