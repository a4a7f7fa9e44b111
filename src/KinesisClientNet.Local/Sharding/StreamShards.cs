using System.Collections.Immutable;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Persistence;

namespace KinesisClientNet.Local.Sharding;

/// <summary>
/// Owns a stream's shards: the table is immutable and swapped under the stream's lock. Children are published before their parents close,
/// so whoever learns of a child finds it, and a writer that meets a closed parent finds the child at once.
/// </summary>
internal sealed class StreamShards(TimeProvider clock, LocalKinesisOptions options, Lock gate, StreamJournal? journal, int seed)
{
    private readonly Random _seeds = new(seed);
    private ShardTable _table = ShardTable.Empty;
    private int _maxRecordBytes = ShardBudget.MiB;
    private int _monitored;

    public ShardTable Table => Volatile.Read(ref _table);

    /// <summary>The shards of a new stream.</summary>
    public void Found(int count, DateTimeOffset now)
    {
        lock (gate)
        {
            var ranges = HashKeyRange.SplitEvenly(count);
            var shards = new LocalShard[count];
            for (var i = 0; i < count; i++)
                shards[i] = Make(new(i, ranges[i], null, null, now.ToUnixTimeSeconds(), now));
            journal?.Save(shards.Select(static shard => shard.Store()));
            Volatile.Write(ref _table, Table.With(shards, []));
        }
    }

    /// <summary>The shards of a stream that was read back, with their records. Who has which children follows from the children.</summary>
    public void Restore(IEnumerable<RestoredShard> restored)
    {
        lock (gate)
        {
            var shards = restored.Select(shard => Make(BirthOf(shard.State), shard)).ToImmutableArray();
            foreach (var (shard, state) in shards.Zip(restored))
            {
                if (state.State.ClosedAt is { } closedAt)
                    shard.Close(closedAt, [.. shards.Where(child => child.Birth.ParentId == shard.Id || child.Birth.AdjacentParentId == shard.Id).Select(AsChild)]);
            }

            Volatile.Write(ref _table, ShardTable.Of(shards));
        }
    }

    /// <summary>Executes a step: opens the children, then closes the parents.</summary>
    public void Apply(ReshardStep step, DateTimeOffset now)
    {
        lock (gate)
        {
            var table = Table;
            var parents = step.Parents.Select(index => table.Find(index)!).ToArray();
            var parentIds = parents.Select(static parent => parent.Id).ToArray();

            // A wall clock that was set back must not make children older than their parents: listings by time would lose the parents.
            var changedAt = parents.Select(static parent => parent.Birth.OpenedAt).Append(now).Max();

            // One second after the parents, also after parents that were themselves born ahead of the clock a moment ago.
            var createSeconds = Math.Max(now.ToUnixTimeSeconds(), parents.Max(static parent => parent.Birth.CreateSeconds)) + 1;
            var children = new LocalShard[step.Children.Count];
            for (var i = 0; i < children.Length; i++)
            {
                children[i] = Make(new(
                    table.NextIndex + i, step.Children[i], parentIds[0], parentIds.Length > 1 ? parentIds[1] : null, createSeconds, changedAt));
            }

            journal?.Save(parents.Select(parent => parent.Store() with { ClosedAt = now }).Concat(children.Select(static child => child.Store())));
            Volatile.Write(ref _table, table.With(children, parents));
            var named = children.Select(AsChild).ToArray();
            foreach (var parent in parents)
                parent.Close(changedAt, named);
        }
    }

    /// <summary>Forgets what is older than the horizon, in all shards.</summary>
    public void TrimBefore(DateTimeOffset horizon)
    {
        lock (gate)
        {
            foreach (var shard in _table.Shards)
                shard.TrimBefore(horizon);
            DropExpired(horizon);
        }
    }

    /// <summary>Forgets shards that were closed before the horizon.</summary>
    public void DropExpired(DateTimeOffset horizon)
    {
        lock (gate)
            Volatile.Write(ref _table, _table.WithoutExpired(horizon));
    }

    public void ChangeMaxRecordBytes(int maxRecordBytes)
    {
        lock (gate)
        {
            _maxRecordBytes = maxRecordBytes;
            foreach (var shard in _table.Shards)
                shard.ChangeMaxRecordBytes(maxRecordBytes);
        }
    }

    /// <summary>Measures these shard-level metrics from now on, in later shards too.</summary>
    public void ChangeMonitoring(int metrics)
    {
        lock (gate)
        {
            _monitored = metrics;
            foreach (var shard in _table.Shards)
                shard.ChangeMonitoring(clock, metrics);
        }
    }

    private static ChildShard AsChild(LocalShard child) => new(
        child.Id, child.Birth.AdjacentParentId is { } adjacent ? [child.Birth.ParentId!, adjacent] : [child.Birth.ParentId!], child.Birth.Range);

    private static ShardBirth BirthOf(StoredShard shard) =>
        new(shard.Index, new(shard.FirstHashKey, shard.LastHashKey), shard.ParentId, shard.AdjacentParentId, shard.CreateSeconds, shard.OpenedAt);

    private LocalShard Make(ShardBirth birth, RestoredShard? restored = null)
    {
        var budget = options.Throttling == LocalThrottling.Off ? null : new ShardBudget(clock, options.Throttling, _maxRecordBytes);
        var watch = options.WatchesReads ? new ShardBudget(clock, LocalThrottling.Strict, _maxRecordBytes) : null;
        var shard = new LocalShard(birth, budget, watch, options.SequenceGaps ? new Random(_seeds.Next()) : null, journal, restored);
        shard.ChangeMonitoring(clock, _monitored);
        return shard;
    }
}
