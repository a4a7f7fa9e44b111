namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// What answers tell about shards that may not be listed: each names the shard that took a hash key, and all keys between two of a shard are
/// its own too. So each shard gets a lane with its own limits, and a hot one holds up only itself. A key that lands elsewhere than learned
/// shows that its shard was split or merged: then what was learned of it is forgotten. Records still travel alone. Collector's loop only.
/// </summary>
internal sealed class LearnedShards(LaneFactory lanes)
{
    /// <summary>More than any stream has; beyond it the answers are not believed and learning starts anew.</summary>
    internal const int MaxShards = 20_000;

    private readonly List<LearnedShard> _shards = []; // by their keys; they never overlap
    private readonly Dictionary<string, LearnedShard> _byId = [];
    private readonly List<ShardLane> _forgotten = [];

    /// <summary>The shards that are known now.</summary>
    internal int Count => _shards.Count;

    /// <summary>The lane of a hash key; null when its shard is not learned.</summary>
    internal ShardLane? LaneOf(UInt128 hashKey) =>
        IndexOf(hashKey) is var index && index >= 0 && _shards[index].Last >= hashKey ? _shards[index].Lane : null;

    /// <summary>Takes note of where a record was stored.</summary>
    internal void Learn(UInt128 hashKey, string shardId)
    {
        var index = IndexOf(hashKey);
        if (index >= 0 && _shards[index].Last >= hashKey)
        {
            if (_shards[index].ShardId == shardId)
                return;
            Forget(index);
        }

        if (_byId.TryGetValue(shardId, out var known))
            Widen(known, hashKey);
        else
            Add(new LearnedShard(shardId, lanes.CreateUnlisted(shardId), hashKey));
    }

    /// <summary>Gives up everything: the map can be read now.</summary>
    /// <returns>The lanes that may still hold records.</returns>
    internal List<ShardLane> Clear()
    {
        List<ShardLane> all = [.. _shards.Select(shard => shard.Lane), .. _forgotten];
        _shards.Clear();
        _byId.Clear();
        _forgotten.Clear();
        return all;
    }

    private void Add(LearnedShard shard)
    {
        while (_shards.Count >= MaxShards)
            Forget(_shards.Count - 1);
        _shards.Insert(IndexOf(shard.First) + 1, shard);
        _byId[shard.ShardId] = shard;
    }

    /// <summary>Keys in between belong to the shard, so a shard that was learned there is one of the past.</summary>
    private void Widen(LearnedShard shard, UInt128 hashKey)
    {
        (shard.First, shard.Last) = (UInt128.Min(shard.First, hashKey), UInt128.Max(shard.Last, hashKey));
        for (var i = _shards.Count - 1; i >= 0; i--)
        {
            if (_shards[i] != shard && _shards[i].First <= shard.Last && _shards[i].Last >= shard.First)
                Forget(i);
        }

        // Its neighbours' order is kept: none is left between its old place and the key.
    }

    private void Forget(int index)
    {
        var shard = _shards[index];
        _shards.RemoveAt(index);
        _byId.Remove(shard.ShardId);
        _forgotten.RemoveAll(lane => lane.Queue is { Count: 0, InFlight: 0 });
        _forgotten.Add(shard.Lane);
    }

    /// <summary>The last shard that begins at or before the key; -1 when there is none.</summary>
    private int IndexOf(UInt128 hashKey)
    {
        var (low, high) = (0, _shards.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_shards[middle].First <= hashKey)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high;
    }

    private sealed class LearnedShard(string shardId, ShardLane lane, UInt128 hashKey)
    {
        internal string ShardId { get; } = shardId;

        internal ShardLane Lane { get; } = lane;

        internal UInt128 First { get; set; } = hashKey;

        internal UInt128 Last { get; set; } = hashKey;
    }
}
