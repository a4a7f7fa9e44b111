using System.Collections.Immutable;

namespace KinesisClientNet.Local.Sharding;

/// <summary>An immutable picture of a stream's shards. A reshard makes a new one.</summary>
internal sealed class ShardTable
{
    public static readonly ShardTable Empty = new([], [], 0);

    private readonly LocalShard[] _open;
    private readonly UInt128[] _starts;

    private ShardTable(ImmutableArray<LocalShard> shards, IEnumerable<LocalShard> open, int nextIndex)
    {
        Shards = shards;
        NextIndex = nextIndex;
        _open = [.. open.OrderBy(static shard => shard.Birth.Range.Start)];
        _starts = [.. _open.Select(static shard => shard.Birth.Range.Start)];
    }

    /// <summary>The table of shards that were read back, by index.</summary>
    public static ShardTable Of(ImmutableArray<LocalShard> shards) =>
        shards.IsEmpty ? Empty : new(shards, shards.Where(static shard => shard.Description.IsOpen), shards[^1].Birth.Index + 1);

    /// <summary>Every shard that is not expired, by index.</summary>
    public ImmutableArray<LocalShard> Shards { get; }

    /// <summary>The index of the next new shard; indexes are never used again.</summary>
    public int NextIndex { get; }

    /// <summary>The open shards, by hash range. They tile the hash space.</summary>
    public IReadOnlyList<LocalShard> Open => _open;

    /// <summary>The open shard that takes the hash key; null only while the stream has no shards.</summary>
    public LocalShard? Route(UInt128 hashKey)
    {
        var at = Array.BinarySearch(_starts, hashKey);
        at = at >= 0 ? at : ~at - 1;
        return at < 0 ? null : _open[at];
    }

    /// <summary>The shard with the index; null when there is none or it is expired.</summary>
    public LocalShard? Find(int index)
    {
        var (low, high) = (0, Shards.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var found = Shards[middle].Birth.Index;
            if (found == index)
                return Shards[middle];
            (low, high) = found < index ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>A table in which the added shards take the place of the closing ones among the open shards.</summary>
    public ShardTable With(IReadOnlyList<LocalShard> added, IReadOnlyList<LocalShard> closing) =>
        new(Shards.AddRange(added), _open.Except(closing).Concat(added), NextIndex + added.Count);

    /// <summary>The table without shards that were closed before the horizon; itself when there is none.</summary>
    public ShardTable WithoutExpired(DateTimeOffset horizon) =>
        Shards.Any(shard => shard.ClosedAt < horizon) ? new(Shards.RemoveAll(shard => shard.ClosedAt < horizon), _open, NextIndex) : this;
}
