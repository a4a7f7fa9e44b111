using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Routing;

/// <summary>What a change of the table did.</summary>
internal readonly record struct LaneChange(int Added, int Retired, int Moved);

/// <summary>
/// Replaces the routing table: lanes of shards that are gone are retired, and what they hold is led to the new lanes before any newer record
/// can get there. Runs on the collector's loop.
/// </summary>
internal sealed class LaneSwitch(RecordRouter router, LaneFactory lanes, Rebucketer rebucketer, bool keepsOrder)
{
    private readonly List<OutboundRecord> _moved = [];

    /// <summary>What answers tell while the shards may not be listed. Not in ordered mode: a key would change its lane ahead of its own records.</summary>
    internal LearnedShards? Learned { get; } = keepsOrder ? null : new LearnedShards(lanes);

    /// <summary>Replaces the table.</summary>
    /// <param name="map">The new map.</param>
    /// <param name="takeSealed">Brings everything that aggregators have sealed up to now into the lanes' queues.</param>
    /// <param name="putBack">Puts a record first in its lane.</param>
    internal LaneChange Execute(ShardMap map, Action takeSealed, Action<OutboundRecord> putBack)
    {
        lock (router.SwapGate)
        {
            var present = router.Table;
            var next = lanes.Next(present, map);
            var retired = RetiredLanes(present, next);
            retired.AddRange(Learned?.Clear() ?? []);
            foreach (var lane in retired)
            {
                lane.IsRetired = true;
                lane.Aggregator.Close();
            }

            takeSealed();

            _moved.Clear();
            foreach (var lane in retired)
                rebucketer.RebucketAll(lane.Queue, next, _moved);

            for (var i = _moved.Count - 1; i >= 0; i--)
                putBack(_moved[i]);
            var added = HoldBehind(present, next, retired);
            router.Publish(next);
            return new LaneChange(added, retired.Count, _moved.Count);
        }
    }

    private static List<ShardLane> RetiredLanes(RoutingTable present, RoutingTable next)
    {
        var kept = new HashSet<ShardLane>(next.Lanes.ToArray());
        var retired = new List<ShardLane>();
        foreach (var lane in present.Lanes)
        {
            if (!kept.Contains(lane))
                retired.Add(lane);
        }

        retired.Add(present.Fallback);
        return retired;
    }

    /// <summary>In ordered mode new lanes wait for what the retired ones have in flight: its keys may live in them now.</summary>
    private int HoldBehind(RoutingTable present, RoutingTable next, List<ShardLane> retired)
    {
        var known = new HashSet<ShardLane>(present.Lanes.ToArray());
        var inFlight = retired.Where(lane => lane.Queue.InFlight > 0).Select(lane => lane.Queue).ToList();
        var added = 0;
        foreach (var lane in next.Lanes)
        {
            if (known.Contains(lane))
                continue;
            added++;
            if (keepsOrder && inFlight.Count > 0)
                lane.Queue.Predecessors = inFlight;
        }

        if (keepsOrder && inFlight.Count > 0)
            next.Fallback.Queue.Predecessors = inFlight;
        return added;
    }
}
