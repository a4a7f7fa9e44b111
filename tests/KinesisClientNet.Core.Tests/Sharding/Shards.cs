using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

/// <summary>Short ways to write shards down.</summary>
internal static class Shards
{
    internal static string Id(int index) => $"shardId-{index:D12}";

    internal static Shard Open(int index, UInt128 start, UInt128 end, int? parent = null, int? adjacent = null) => new()
    {
        ShardId = Id(index),
        HashKeyRange = new(start, end),
        ParentShardId = parent is { } p ? Id(p) : null,
        AdjacentParentShardId = adjacent is { } a ? Id(a) : null,
    };

    internal static Shard Closed(int index, UInt128 start, UInt128 end, int? parent = null, int? adjacent = null) =>
        Open(index, start, end, parent, adjacent) with { EndingSequenceNumber = SequenceNumber.FromBits(0, 1) };

    internal static Shard[] Even(int count) => [.. HashKeyRange.SplitEvenly(count).Select((range, i) => Open(i, range.Start, range.End))];
}
