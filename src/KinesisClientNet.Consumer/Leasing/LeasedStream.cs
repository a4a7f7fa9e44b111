using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>A stream whose shards are leased.</summary>
/// <param name="Reference">How Kinesis calls name it.</param>
/// <param name="StartFrom">Where a shard that nobody has read starts: trim horizon, latest or a time.</param>
/// <param name="StreamId">Null in a single-stream application; else <c>account:stream:epoch</c>, which begins every lease key.</param>
internal sealed record LeasedStream(StreamReference Reference, StartingPosition StartFrom, string? StreamId = null)
{
    /// <summary>False for a stream that this worker only knows from leases: another worker lists it, or it was listed once.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>The lease key of a shard.</summary>
    public string KeyOf(string shardId) => StreamId is null ? shardId : $"{StreamId}:{shardId}";

    /// <summary>Whether calls name the same stream, be it by name or by ARN.</summary>
    public bool IsCalled(StreamReference reference) =>
        (reference.Arn is not null && reference.Arn == Reference.Arn) || (reference.Name is not null && reference.Name == Reference.Name && (reference.Arn is null || Reference.Arn is null));
}
