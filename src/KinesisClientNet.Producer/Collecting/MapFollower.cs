using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>The collector's view of the shard map: what it asks for, what it does when a reading arrives, and how records change lanes.</summary>
internal sealed class MapFollower(RecordRouter router, LaneSwitch lanes, Rebucketer rebucketer, ShardMapRefresher refresher, BufferBudget budget, string stream, ILogger log)
{
    internal RoutingTable Table => router.Table;

    /// <summary>True while callers wait for room in the buffer.</summary>
    internal bool HasBufferWaiters => budget.HasWaiters;

    /// <summary>True when the map cannot be read: then records travel alone.</summary>
    internal bool IsDenied { get; private set; }

    /// <summary>Asks for a reading; see <see cref="ShardMapRefresher.Request"/>.</summary>
    internal void Request(long evidenceAt) => refresher.Request(evidenceAt);

    internal void Follow(ShardMap? map, Action takeSealed, Action<OutboundRecord> putBack)
    {
        IsDenied = map is null;
        if (map is null)
            return;
        var change = lanes.Execute(map, takeSealed, putBack);
        foreach (var problem in map.Shards.Count == 0 ? [] : map.Problems)
            ProducerLog.ShardMapIncomplete(log, stream, problem);
        ProducerLog.ShardMapChanged(log, stream, map.Shards.Count, change.Added, change.Retired - 1, change.Moved);
    }

    /// <summary>While the shards may not be listed: leads a record to the lane of the shard that answers have named for its key.</summary>
    internal void Place(OutboundRecord record)
    {
        if (!IsDenied || record.Lane != Table.Fallback || lanes.Learned?.LaneOf(record.FirstHashKey) is not { } lane)
            return;
        record.Lane.AddBufferedBytes(-record.Cost);
        record.Lane = lane;
        lane.AddBufferedBytes(record.Cost);
    }

    /// <summary>While the shards may not be listed: takes note of where a record was stored.</summary>
    internal void Learn(OutboundRecord record, string? shardId)
    {
        if (IsDenied && shardId is not null && record.Lane.Shard is null && record.PartitionKey is not null)
            lanes.Learned?.Learn(record.FirstHashKey, shardId);
    }

    /// <summary>Leads a record to its lane under the present table.</summary>
    internal void Rebucket(OutboundRecord record, List<OutboundRecord> into) => rebucketer.Rebucket(record, Table, into);

    /// <summary>Makes one Kinesis record of each of its user records.</summary>
    internal void Unpack(OutboundRecord record, List<OutboundRecord> into) => rebucketer.Unpack(record, Table, into);
}
