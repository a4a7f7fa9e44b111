using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Limiting;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// What the producer keeps for one shard, or for records whose shard it cannot know. Each part has its own owner: the aggregator is used by
/// callers under its lock, queue and limiter by the collector's loop alone.
/// </summary>
internal sealed class ShardLane
{
    private long _bufferedBytes;

    internal ShardLane(Shard? shard, Func<ShardLane, Aggregator> aggregator, ShardLimiter limiter)
    {
        Shard = shard;
        ShardId = shard?.ShardId;
        Aggregator = aggregator(this);
        Limiter = limiter;
        Queue = new LaneQueue();
    }

    /// <summary>The shard; null for the lane of records whose shard is not known.</summary>
    internal Shard? Shard { get; }

    /// <summary>Its shard's id; null when that is not known. Known without <see cref="Shard"/> when it was learned from answers.</summary>
    internal string? ShardId { get; init; }

    internal Aggregator Aggregator { get; }

    internal ShardLimiter Limiter { get; }

    internal LaneQueue Queue { get; }

    /// <summary>True for the only lane of a stream, which shares the buffer with nobody.</summary>
    internal bool HasWholeBuffer { get; set; }

    /// <summary>True when the present table no longer has it. Collector's loop only.</summary>
    internal bool IsRetired { get; set; }

    /// <summary>What the sealed records of this lane hold of the budget.</summary>
    internal long BufferedBytes => Volatile.Read(ref _bufferedBytes);

    internal void AddBufferedBytes(long delta) => Interlocked.Add(ref _bufferedBytes, delta);

    public override string ToString() => ShardId ?? "(no shard)";
}
