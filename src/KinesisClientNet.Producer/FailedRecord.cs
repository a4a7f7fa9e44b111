namespace KinesisClientNet.Producer;

/// <summary>A record that failed, with all that is needed to keep it elsewhere.</summary>
/// <param name="Record">The record. Its <see cref="ProducerRecord.Data"/> lives in a pooled buffer: copy it before the callback returns.</param>
/// <param name="Error">Why it failed.</param>
public readonly record struct FailedRecord(ProducerRecord Record, RecordFailedException Error);
