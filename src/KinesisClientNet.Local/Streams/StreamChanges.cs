using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Sharding;

namespace KinesisClientNet.Local.Streams;

/// <summary>The operations that change a stream: check under the stream's lock, then change at the end of UPDATING.</summary>
internal sealed class StreamChanges(LocalStream stream, StreamRegistry registry, LocalKinesisOptions options)
{
    /// <summary>Calls that the service counts over a rolling day (Kinesis API reference, UpdateShardCount and UpdateStreamMode).</summary>
    private const int ShardCountUpdatesPerDay = 10;
    private const int ModeSwitchesPerDay = 2;
    private const int MaxShardsByUpdate = 10_000;

    private readonly DailyQuota _shardCountUpdates = new(stream.Clock, ShardCountUpdatesPerDay);
    private readonly DailyQuota _modeSwitches = new(stream.Clock, ModeSwitchesPerDay);

    public void Split(string shardId, UInt128? newStartingHashKey)
    {
        lock (stream.Gate)
        {
            RequireActive();
            RequireProvisioned("SplitShard");
            var shard = FindOpen(shardId);
            var range = shard.Birth.Range;
            var start = newStartingHashKey ?? range.Start + ((range.End - range.Start) / 2) + 1;

            // At least two hash keys on either side (kinesis-service.md §7.3, as kinesalite observed it).
            if (start <= range.Start || start - range.Start < 2 || start >= range.End)
            {
                throw ServiceRefusal.InvalidArgument(
                    $"NewStartingHashKey {start} used in SplitShard() on shard {shardId} in stream {stream.Name} under account {options.AccountId} " +
                    $"is not both greater than one plus the shard's StartingHashKey {range.Start} and less than the shard's EndingHashKey {range.End}.");
            }

            registry.EnsureRoom(1);
            Update(now => stream.Shards.Apply(new([shard.Birth.Index], [new(range.Start, start - 1), new(start, range.End)]), now));
        }
    }

    public void Merge(string shardId, string adjacentShardId)
    {
        lock (stream.Gate)
        {
            RequireActive();
            RequireProvisioned("MergeShards");
            var (lower, upper) = (FindOpen(shardId), FindOpen(adjacentShardId));
            if (lower.Birth.Range.End == UInt128.MaxValue || lower.Birth.Range.End + 1 != upper.Birth.Range.Start)
            {
                throw ServiceRefusal.InvalidArgument(
                    $"Shards {shardId} and {adjacentShardId} in stream {stream.Name} under account {options.AccountId} are not an adjacent pair " +
                    "of shards eligible for merging: the first must end right below the second.");
            }

            Update(now => stream.Shards.Apply(
                new([lower.Birth.Index, upper.Birth.Index], [new(lower.Birth.Range.Start, upper.Birth.Range.End)]), now));
        }
    }

    /// <summary>Returns the number of open shards before.</summary>
    public int UpdateShardCount(int target)
    {
        Shapes.Range(target, "targetShardCount", 1, int.MaxValue);
        lock (stream.Gate)
        {
            RequireActive();
            RequireProvisioned("UpdateShardCount");
            var current = stream.Shards.Table.Open.Count;
            if (target > current * 2L || target * 2L < current || target > MaxShardsByUpdate)
            {
                throw ServiceRefusal.LimitExceeded(
                    $"UpdateShardCount cannot scale stream {stream.Name} from {current} to {target} shards: the target must be between half and " +
                    $"twice the current number, and at most {MaxShardsByUpdate}.");
            }

            registry.EnsureRoom(Math.Max(0, target - current));
            if (!_shardCountUpdates.TryTake())
                throw ServiceRefusal.LimitExceeded($"Stream {stream.Name} was scaled {ShardCountUpdatesPerDay} times in the last 24 hours, the limit.");
            Update(now => MakeEven(target, now));
            return current;
        }
    }

    public void ChangeRetention(int hours, bool increase)
    {
        Shapes.Range(hours, "retentionPeriodHours", StreamSettings.MinRetentionHours, StreamSettings.MaxRetentionHours);
        lock (stream.Gate)
        {
            RequireActive();
            var current = stream.Settings.RetentionHours;
            if (increase ? hours < current : hours > current)
            {
                throw ServiceRefusal.InvalidArgument(
                    $"Requested retention period ({hours} hours) for stream {stream.Name} can not be {(increase ? "shorter" : "longer")} than the " +
                    $"existing retention period ({current} hours). Use {(increase ? "Decrease" : "Increase")}StreamRetentionPeriod API.");
            }

            Update(now =>
            {
                // Both ways: what is past the old horizon does not come back, what is past the new one goes at once.
                stream.Shards.TrimBefore(stream.Horizon(now));
                stream.TrimmedBefore = now - TimeSpan.FromHours(Math.Min(hours, stream.Settings.RetentionHours));
                stream.Settings = stream.Settings with { RetentionHours = hours };
                stream.Shards.TrimBefore(stream.Horizon(now));
            });
        }
    }

    public void ChangeMode(string mode)
    {
        Shapes.OneOf(mode, "streamModeDetails.streamMode", StreamSettings.Provisioned, StreamSettings.OnDemand);
        lock (stream.Gate)
        {
            RequireActive();
            if (mode == stream.Settings.Mode)
                throw ServiceRefusal.InvalidArgument($"Stream {stream.Name} is {mode} already.");
            if (mode == StreamSettings.OnDemand)
                registry.EnsureOnDemandRoom();
            else if (stream.Settings.IsAuto)
                throw ServiceRefusal.InvalidArgument($"Stream {stream.Name} distributes its records by AUTO, which only ON_DEMAND streams can.");
            if (!_modeSwitches.TryTake())
                throw ServiceRefusal.LimitExceeded($"The mode of stream {stream.Name} was switched {ModeSwitchesPerDay} times in the last 24 hours, the limit.");
            Update(_ => stream.Settings = stream.Settings with { Mode = mode });
        }
    }

    public void Delete(bool enforceConsumerDeletion)
    {
        lock (stream.Gate)
        {
            RequireActive();
            if (stream.Consumers.Count > 0 && !enforceConsumerDeletion)
            {
                throw ServiceRefusal.InUse(
                    $"Stream {stream.Name} under account {options.AccountId} has {stream.Consumers.Count} registered consumers; " +
                    "deregister them, or delete it with EnforceConsumerDeletion.");
            }

            stream.Life.Begin(Lifecycle.Deleting, Lifecycle.Gone, options.Delays.DeleteStream, now =>
            {
                registry.Remove(stream);
                stream.Consumers.CloseAll(now);
            });
        }
    }

    internal void Update(Action<DateTimeOffset> change) =>
        stream.Life.Begin(Lifecycle.Updating, Lifecycle.Active, options.Delays.UpdateStream, change);

    internal void RequireActive()
    {
        var status = stream.Life.State;
        if (status == Lifecycle.Gone)
            throw ServiceRefusal.NotFound($"Stream {stream.Name} under account {options.AccountId} not found.");
        if (status != Lifecycle.Active)
            throw ServiceRefusal.InUse($"Stream {stream.Name} under account {options.AccountId} not ACTIVE, instead in state {status}.");
    }

    private void RequireProvisioned(string operation)
    {
        if (!stream.Settings.IsProvisioned)
            throw ServiceRefusal.Validation($"{operation} cannot be called on stream {stream.Name}: it is ON_DEMAND, the service owns its shards.");
    }

    private LocalShard FindOpen(string shardId)
    {
        var shard = stream.FindShard(Shapes.Name(shardId, "shardId"), stream.Clock.GetUtcNow());
        return shard.Description.IsOpen
            ? shard
            : throw ServiceRefusal.InvalidArgument($"Shard {shard.Id} in stream {stream.Name} is closed; only an open shard can be split or merged.");
    }

    private void MakeEven(int target, DateTimeOffset now)
    {
        var table = stream.Shards.Table;
        var plan = ReshardPlan.ToEvenShards(table.Open.Select(static shard => (shard.Birth.Index, shard.Birth.Range)), table.NextIndex, target);
        foreach (var step in plan.Steps)
            stream.Shards.Apply(step, now);
    }
}
