using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer;

/// <summary>
/// The records of one Kinesis record that were settled together: the cheap way to have an outcome for every record. Valid only during the
/// callback.
/// </summary>
public readonly ref struct SettledRecords
{
    private readonly OutboundRecord _record;

    internal SettledRecords(OutboundRecord record) => _record = record;

    /// <summary>How many records, at least one.</summary>
    public int Count => _record.Count;

    /// <summary>True when Kinesis stored them; then all of them have a receipt.</summary>
    public bool Succeeded => _record.Error is null;

    /// <summary>The shard that stored them; null when they failed.</summary>
    public string? ShardId => _record.Outcome?.ShardId;

    /// <summary>Their sequence number; the default value when they failed.</summary>
    public SequenceNumber SequenceNumber => _record.Outcome?.SequenceNumber ?? default;

    /// <summary>Why they failed; null when they were stored.</summary>
    public RecordFailedException? Error => _record.Error;

    /// <summary>The receipt of a record.</summary>
    /// <param name="index">0 to <see cref="Count"/> less one.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="InvalidOperationException">The records failed.</exception>
    public RecordReceipt ReceiptOf(int index) => _record.Outcome is { } outcome
        ? new RecordReceipt(outcome, index)
        : throw new InvalidOperationException("Failed records have no receipt; see Error.");

    /// <summary>What the caller attached to a record.</summary>
    /// <param name="index">0 to <see cref="Count"/> less one.</param>
    /// <returns><see cref="ProducerRecord.State"/>.</returns>
    public object? StateOf(int index) => _record.StateOf(index);
}
