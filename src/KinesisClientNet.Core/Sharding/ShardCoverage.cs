namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// Cuts the hash space at every start and end of a shard and tells for each segment who owns it: exactly one shard, or nobody where none
/// or several claim it.
/// </summary>
internal readonly struct ShardCoverage
{
    private const int Nobody = -1;

    /// <summary>Cuts the space.</summary>
    /// <param name="shards">The shards, ordered by start.</param>
    internal ShardCoverage(Shard[] shards)
    {
        var starts = new List<UInt128>(shards.Length);
        var owners = new List<int>(shards.Length);
        var problems = new List<string>();
        var active = new PriorityQueue<int, UInt128>(); // shards that cover the sweep's position, by their end
        UInt128 position = 0;
        var next = 0;
        while (true)
        {
            while (active.TryPeek(out _, out var end) && end < position)
                active.Dequeue();
            for (; next < shards.Length && shards[next].HashKeyRange.Start <= position; next++)
            {
                if (shards[next].HashKeyRange.End >= position)
                    active.Enqueue(next, shards[next].HashKeyRange.End);
            }

            var last = LastOfSegment(active, next < shards.Length ? shards[next].HashKeyRange.Start : null);
            starts.Add(position);
            owners.Add(active.Count == 1 ? active.Peek() : Nobody);
            if (active.Count != 1)
                problems.Add(Describe(shards, active, new(position, last)));
            if (last == UInt128.MaxValue)
                break;
            position = last + 1;
        }

        (Starts, Owners, Problems) = ([.. starts], [.. owners], [.. problems]);
    }

    /// <summary>The first hash key of each segment; the first is 0.</summary>
    internal UInt128[] Starts { get; }

    /// <summary>The owner of each segment as an index into the shards, or -1.</summary>
    internal int[] Owners { get; }

    /// <summary>A sentence per segment that has not exactly one claimant.</summary>
    internal string[] Problems { get; }

    private static UInt128 LastOfSegment(PriorityQueue<int, UInt128> active, UInt128? nextStart)
    {
        var last = active.TryPeek(out _, out var end) ? end : UInt128.MaxValue;
        return nextStart is { } start && start - 1 < last ? start - 1 : last;
    }

    private static string Describe(Shard[] shards, PriorityQueue<int, UInt128> active, HashKeyRange segment)
    {
        if (active.Count == 0)
            return $"No open shard takes the hash keys {segment}.";
        var ids = active.UnorderedItems.Select(item => shards[item.Element].ShardId).Order(StringComparer.Ordinal);
        return $"The open shards {string.Join(", ", ids)} all take the hash keys {segment}.";
    }
}
