using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>One Kinesis record to put.</summary>
/// <param name="Data">The payload, 0 bytes up to the stream's maximum record size less the key. Read until the call ends; not copied.</param>
/// <param name="PartitionKey">1 to 256 Unicode characters; null only on a stream whose record distribution is AUTO.</param>
/// <param name="ExplicitHashKey">Overrides the key's MD5 hash for placement; null for none.</param>
public readonly record struct PutRecordsEntry(ReadOnlyMemory<byte> Data, string? PartitionKey, UInt128? ExplicitHashKey = null);

/// <summary>A PutRecords call: 1 to 500 records, at most 10 MiB of data and keys (Kinesis API reference, PutRecords).</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Entries">The records; the memory must stay unchanged until the call ends.</param>
public readonly record struct PutRecordsRequest(StreamReference Stream, ReadOnlyMemory<PutRecordsEntry> Entries);

/// <summary>What became of one record of a PutRecords call.</summary>
/// <param name="ShardId">The shard that took it; null when it failed.</param>
/// <param name="SequenceNumber">Its number; the default value when it failed.</param>
/// <param name="ErrorCode">Null when it succeeded, else the service's code.</param>
/// <param name="ErrorMessage">The service's words, or null.</param>
public readonly record struct PutRecordsResultEntry(string? ShardId, SequenceNumber SequenceNumber, string? ErrorCode = null, string? ErrorMessage = null)
{
    /// <summary>True when the record is stored.</summary>
    public bool Succeeded => ErrorCode is null;
}

/// <summary>The answer of a PutRecords call.</summary>
/// <param name="Records">One result per entry, in the order of the request.</param>
/// <param name="FailedRecordCount">How many of them failed, counted from the results.</param>
/// <param name="EncryptionType"><c>NONE</c>, <c>KMS</c>, or null when the service did not say.</param>
/// <param name="RequestId">The service's request id, or null.</param>
public sealed record PutRecordsResponse(
    IReadOnlyList<PutRecordsResultEntry> Records, int FailedRecordCount, string? EncryptionType = null, string? RequestId = null);
