namespace KinesisClientNet.Core.Sharding;

/// <summary>A shard as the service lists it.</summary>
public sealed record Shard
{
    /// <summary>The id, <c>shardId-</c> and twelve digits.</summary>
    public required string ShardId { get; init; }

    /// <summary>The shard that this one was split from, or the lower of the two it was merged from; null for a first shard or an expired parent.</summary>
    public string? ParentShardId { get; init; }

    /// <summary>The upper shard of a merge; else null.</summary>
    public string? AdjacentParentShardId { get; init; }

    /// <summary>The hash keys that it takes.</summary>
    public required HashKeyRange HashKeyRange { get; init; }

    /// <summary>Its first sequence number.</summary>
    public SequenceNumber StartingSequenceNumber { get; init; }

    /// <summary>Its last sequence number; null while it is open. Only its presence is meaningful on some emulators.</summary>
    public SequenceNumber? EndingSequenceNumber { get; init; }

    /// <summary>True while it takes writes.</summary>
    public bool IsOpen => EndingSequenceNumber is null;
}

/// <summary>A child of a closed shard, as the last page of that shard names it.</summary>
/// <param name="ShardId">The child's id.</param>
/// <param name="ParentShards">Its parents: one after a split, two after a merge.</param>
/// <param name="HashKeyRange">The hash keys that it takes.</param>
public sealed record ChildShard(string ShardId, IReadOnlyList<string> ParentShards, HashKeyRange HashKeyRange);
