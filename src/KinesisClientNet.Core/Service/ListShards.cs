using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>Which shards ListShards returns (Kinesis API reference, ShardFilter).</summary>
public enum ShardFilterType
{
    /// <summary>Shards with an id after the given one.</summary>
    AfterShardId = 0,

    /// <summary>Shards that were open at the trim horizon.</summary>
    AtTrimHorizon,

    /// <summary>Every shard that is not expired.</summary>
    FromTrimHorizon,

    /// <summary>The open shards.</summary>
    AtLatest,

    /// <summary>Shards that were open at the given time.</summary>
    AtTimestamp,

    /// <summary>Shards that were open at or after the given time.</summary>
    FromTimestamp,
}

/// <summary>A shard filter.</summary>
/// <param name="Type">Which shards.</param>
/// <param name="ShardId">For <see cref="ShardFilterType.AfterShardId"/>.</param>
/// <param name="Timestamp">For the two timestamp types.</param>
public readonly record struct ShardFilter(ShardFilterType Type, string? ShardId = null, DateTimeOffset? Timestamp = null);

/// <summary>A ListShards call. With <see cref="NextToken"/> nothing but <see cref="MaxResults"/> goes on the wire: the service refuses a stream name beside a token.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Filter">Which shards; null for all that are not expired.</param>
/// <param name="NextToken">The token of the last page, or null for the first.</param>
/// <param name="ExclusiveStartShardId">List after this id, or null.</param>
/// <param name="MaxResults">1 to 10,000; null for the service's default, 1,000.</param>
public readonly record struct ListShardsRequest(
    StreamReference Stream, ShardFilter? Filter = null, string? NextToken = null, string? ExclusiveStartShardId = null, int? MaxResults = null);

/// <summary>One page of a listing of shards.</summary>
/// <param name="Shards">The shards.</param>
/// <param name="NextToken">Null on the last page; valid for 300 seconds.</param>
public sealed record ListShardsPage(IReadOnlyList<Shard> Shards, string? NextToken);
