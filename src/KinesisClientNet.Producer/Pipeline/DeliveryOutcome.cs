using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>What all records of one stored Kinesis record share.</summary>
internal sealed class DeliveryOutcome
{
    private readonly AttemptHistory _history;
    private IReadOnlyList<RecordAttempt>? _attempts;

    internal DeliveryOutcome(string shardId, SequenceNumber sequenceNumber, IReadOnlyList<RecordAttempt> attempts)
    {
        ShardId = shardId;
        SequenceNumber = sequenceNumber;
        _attempts = attempts;
    }

    internal DeliveryOutcome(string shardId, SequenceNumber sequenceNumber, in AttemptHistory history)
    {
        ShardId = shardId;
        SequenceNumber = sequenceNumber;
        _history = history;
    }

    internal string ShardId { get; }

    internal SequenceNumber SequenceNumber { get; }

    /// <summary>Built on first use: most receipts are never asked for it.</summary>
    internal IReadOnlyList<RecordAttempt> Attempts => _attempts ??= _history.ToList();
}
