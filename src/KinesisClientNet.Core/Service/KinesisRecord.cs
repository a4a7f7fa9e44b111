using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>One record as the service returns it (possibly an aggregate of many user records).</summary>
/// <param name="SequenceNumber">Its place in the shard.</param>
/// <param name="ApproximateArrivalTimestamp">When the service took it, to the millisecond.</param>
/// <param name="Data">The payload: valid until the page or event that holds it is disposed.</param>
/// <param name="PartitionKey">The key; null on a stream whose record distribution is AUTO.</param>
/// <param name="EncryptionType"><c>NONE</c>, <c>KMS</c>, or null when the service did not say.</param>
public readonly record struct KinesisRecord(
    SequenceNumber SequenceNumber, DateTimeOffset ApproximateArrivalTimestamp, ReadOnlyMemory<byte> Data, string? PartitionKey, string? EncryptionType = null);
