namespace KinesisClientNet.Core.Aggregation;

/// <summary>A user record out of an aggregate. Its place among the aggregate's records is its sub-sequence number.</summary>
/// <param name="PartitionKey">The user's own key; bytes that are not UTF-8 come out as U+FFFD.</param>
/// <param name="ExplicitHashKey">The user's explicit hash key, or null.</param>
/// <param name="Data">The payload, a slice of the Kinesis record.</param>
internal readonly record struct AggregatedUserRecord(string PartitionKey, UInt128? ExplicitHashKey, ReadOnlyMemory<byte> Data);
