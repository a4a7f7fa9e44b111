namespace KinesisClientNet.Producer;

/// <summary>A record to produce.</summary>
/// <param name="PartitionKey">1 to 256 Unicode code points; null only on a stream whose record distribution is AUTO.</param>
/// <param name="Data">The payload; may be empty. Copied before the enqueuing call returns (or its task completes).</param>
/// <param name="ExplicitHashKey">Overrides the key's hash for placement; null for none.</param>
/// <param name="State">Anything of the caller's, handed back by <see cref="KinesisProducerOptions.OnRecordsSettled"/> and <see cref="KinesisProducerOptions.OnRecordFailed"/>.</param>
public readonly record struct ProducerRecord(string? PartitionKey, ReadOnlyMemory<byte> Data, UInt128? ExplicitHashKey = null, object? State = null);
