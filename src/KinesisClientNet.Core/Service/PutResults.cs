using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>Checks and collects the results of a put: what is not clearly stored or clearly failed is a malformed answer, never a success.</summary>
internal ref struct PutResults
{
    private readonly PutRecordsResultEntry[] _entries;
    private int _count;
    private int _failed;

    public PutResults(int expected) => _entries = new PutRecordsResultEntry[expected];

    public void Add(string? shardId, SequenceNumber? number, string? errorCode, string? errorMessage)
    {
        if (_count == _entries.Length)
            throw new FormatException($"it holds more than {_entries.Length} results");
        _entries[_count++] = One(shardId, number, errorCode, errorMessage);
        if (errorCode is not null)
            _failed++;
    }

    public readonly PutRecordsResponse ToResponse(string? encryptionType, string? requestId) => _count == _entries.Length
        ? new(_entries, _failed, encryptionType, requestId)
        : throw new FormatException($"it holds {_count} results for {_entries.Length} records");

    public static PutRecordsResultEntry One(string? shardId, SequenceNumber? number, string? errorCode, string? errorMessage)
    {
        if (errorCode is not null)
            return new(null, default, errorCode, errorMessage);
        return shardId is { Length: > 0 } && number is { } stored
            ? new(shardId, stored)
            : throw new FormatException("a result names neither a shard and a sequence number nor an error code");
    }
}
