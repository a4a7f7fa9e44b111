using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Producer.Routing;

/// <summary>Hash key to lane: an immutable snapshot, replaced as a whole.</summary>
internal sealed class RoutingTable
{
    private readonly ShardLane[] _lanes;

    /// <summary>Makes a table.</summary>
    /// <param name="map">The open shards; empty while they are not known.</param>
    /// <param name="lanes">One lane per shard of the map, in its order.</param>
    /// <param name="fallback">The lane of hash keys that no shard claims.</param>
    /// <param name="previous">The map before; its ranges stay known, because answers of calls under way name its shards.</param>
    internal RoutingTable(ShardMap map, ShardLane[] lanes, ShardLane fallback, ShardMap? previous = null)
    {
        KnownRanges = map.Shards.Concat(previous?.Shards ?? []).DistinctBy(shard => shard.ShardId)
            .ToDictionary(shard => shard.ShardId, shard => shard.HashKeyRange);
        Map = map;
        _lanes = lanes;
        Fallback = fallback;
        foreach (var lane in lanes)
            lane.HasWholeBuffer = lanes.Length == 1;
        fallback.HasWholeBuffer = lanes.Length == 0;
    }

    internal ShardMap Map { get; }

    /// <summary>The ranges of the shards of this map and of the one before it.</summary>
    internal IReadOnlyDictionary<string, HashKeyRange> KnownRanges { get; }

    internal ReadOnlySpan<ShardLane> Lanes => _lanes;

    internal ShardLane Fallback { get; }

    internal ShardLane Find(UInt128 hashKey)
    {
        var index = Map.IndexOf(hashKey);
        return index < 0 ? Fallback : _lanes[index];
    }
}
