using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Limiting;

namespace KinesisClientNet.Producer.Routing;

/// <summary>Makes lanes.</summary>
internal sealed class LaneFactory(AggregatorContext context, ShardLimits limits, Random random, TimeProvider clock)
{
    internal ShardLane Create(Shard? shard) => new(
        shard,
        lane => new Aggregator(lane, context, packs: shard is not null && context.Options.Enabled),
        // The lane without a shard stands for all shards: only what the service refuses limits it.
        new ShardLimiter(shard is null ? limits with { Factor = double.PositiveInfinity } : limits, random, clock.GetTimestamp()));

    /// <summary>A lane of a shard whose id is known from answers, and its range is not: records travel alone, within the shard's limits.</summary>
    internal ShardLane CreateUnlisted(string shardId) =>
        new(null, lane => new Aggregator(lane, context, packs: false), new ShardLimiter(limits, random, clock.GetTimestamp())) { ShardId = shardId };

    /// <summary>The table before the first reading: every record has the lane without a shard.</summary>
    internal RoutingTable EmptyTable() => new(ShardMap.Empty, [], Create(null));

    /// <summary>The table of a new map. A shard that was known keeps its lane: a shard's range never changes.</summary>
    internal RoutingTable Next(RoutingTable present, ShardMap map)
    {
        var known = new Dictionary<string, ShardLane>();
        foreach (var lane in present.Lanes)
            known[lane.Shard!.ShardId] = lane;
        var lanes = map.Shards.Select(shard => known.TryGetValue(shard.ShardId, out var lane) && lane.Shard!.HashKeyRange == shard.HashKeyRange ? lane : Create(shard));
        return new RoutingTable(map, lanes.ToArray(), Create(null), present.Map);
    }
}
