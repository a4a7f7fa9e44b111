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

    /// <summary>Whether the creation time in <see cref="StreamId"/> was given, instead of being the stream's own.</summary>
    public bool HasGivenEpoch { get; init; }

    /// <summary>Whether a lease's key tells this stream from one of the same name that was deleted before it.</summary>
    public bool IsToldByKey => StreamId is not null && !HasGivenEpoch;

    /// <summary>The lease key of a shard.</summary>
    public string KeyOf(string shardId) => StreamId is null ? shardId : $"{StreamId}:{shardId}";

    /// <summary>Whether a lease's stream has this account and name and another creation time.</summary>
    public bool IsSameButForEpoch(string? streamId) =>
        streamId != StreamId && StreamIdentity.TryParse(StreamId, out var ours) && StreamIdentity.TryParse(streamId, out var other) && ours with { Epoch = other.Epoch } == other;

    /// <summary>The stream, created again: what has come since is unread, whoever wanted the newest records once.</summary>
    public LeasedStream FromHorizon() => StartFrom.Type == StartingPositionType.Latest ? this with { StartFrom = StartingPosition.TrimHorizon } : this;

    /// <summary>Whether calls name the same stream, be it by name or by ARN.</summary>
    public bool IsCalled(StreamReference reference) =>
        (reference.Arn is not null && reference.Arn == Reference.Arn) || (reference.Name is not null && reference.Name == Reference.Name && (reference.Arn is null || Reference.Arn is null));
}
