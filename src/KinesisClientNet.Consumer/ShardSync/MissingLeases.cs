using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>Which leases a stream lacks. Pure: shards and leases in, leases to create out.</summary>
internal static class MissingLeases
{
    /// <summary>The first leases of a stream that has none.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shards">The shards that were open at the starting position.</param>
    /// <returns>One lease a shard, in order of creation.</returns>
    public static ImmutableArray<Lease> ForNewStream(LeasedStream stream, IReadOnlyList<Shard> shards) =>
        [.. InOrder(shards).Select(shard => NewLease(stream, shard, Initial(stream)))];

    /// <summary>Whether the shards, open or closed, split the hash space exactly: the shards of one moment do.</summary>
    /// <param name="shards">The shards that a filter let through.</param>
    /// <returns>False when a hash key has no shard, or two.</returns>
    public static bool IsOneGeneration(IReadOnlyList<Shard> shards)
    {
        UInt128 next = 0;
        var isWhole = false;
        foreach (var range in shards.Select(shard => shard.HashKeyRange).OrderBy(range => range.Start))
        {
            if (isWhole || range.Start != next)
                return false;
            isWhole = range.End == UInt128.MaxValue;
            next = isWhole ? 0 : range.End + 1;
        }

        return isWhole;
    }

    /// <summary>The shards that were open at the starting position, when the service's own filter is not to be trusted: all listed shards in, the chosen ones out.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shards">All shards that are not expired.</param>
    /// <returns>For the newest position the open shards; else the oldest generation, whose descendants follow at its end.</returns>
    public static IReadOnlyList<Shard> StartOf(LeasedStream stream, IReadOnlyList<Shard> shards)
    {
        if (stream.StartFrom.Type == StartingPositionType.Latest)
            return [.. shards.Where(shard => shard.IsOpen)];
        var lineage = ShardLineage.Create(shards);
        return [.. lineage.ParentsFirst.Where(shard => lineage.ParentsOf(shard.ShardId).Count == 0)];
    }

    /// <summary>
    /// The leases that a stream with leases lacks. A shard that descends from a leased one gets its lease at its parent's end; here only the roots of
    /// branches that nobody would ever reach are created.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shards">All shards that are not expired.</param>
    /// <param name="leases">The stream's leases.</param>
    /// <returns>The leases, in order of creation.</returns>
    /// <exception cref="InconsistentListingException">The listing was taken in the middle of a reshard; list again.</exception>
    public static ImmutableArray<Lease> ForStream(LeasedStream stream, IReadOnlyList<Shard> shards, IReadOnlyList<Lease> leases)
    {
        var lineage = ShardLineage.Create(shards);
        var early = shards.FirstOrDefault(shard => shard.IsOpen && lineage.ChildrenOf(shard.ShardId).Count > 0);
        if (early is not null)
            throw new InconsistentListingException(stream, early);
        var leased = leases.Select(lease => lease.ShardId).ToHashSet(StringComparer.Ordinal);
        var finished = leases.Where(lease => lease.IsFinished).Select(lease => lease.ShardId).ToHashSet(StringComparer.Ordinal);
        var position = Repair(stream, leases);
        var reached = new HashSet<string>(leased, StringComparer.Ordinal);
        var roots = new HashSet<string>(StringComparer.Ordinal);
        var create = new Dictionary<string, (Shard Shard, ExtendedSequenceNumber Checkpoint)>(StringComparer.Ordinal);
        var wanted = Wanted(shards, lineage, leased);
        foreach (var shard in lineage.ParentsFirst.Where(shard => wanted.Contains(shard.ShardId)))
        {
            var parents = lineage.ParentsOf(shard.ShardId);
            if (parents.Count > 0 && parents.All(parent => finished.Contains(parent.ShardId)))
            {
                // Its parents are done, so nobody will create it any more: its row was lost (KCL leaves such a hole for ever).
                reached.Add(shard.ShardId);
                create.TryAdd(shard.ShardId, (shard, ExtendedSequenceNumber.TrimHorizon));
            }
            else if (parents.Any(parent => reached.Contains(parent.ShardId) || roots.Contains(parent.ShardId)))
            {
                reached.Add(shard.ShardId);
                foreach (var parent in parents.Where(parent => !reached.Contains(parent.ShardId)))
                    create.TryAdd(parent.ShardId, (parent, position));
            }
            else if (shard.IsOpen)
            {
                create.TryAdd(shard.ShardId, (shard, position));
            }
            else if (stream.StartFrom.Type != StartingPositionType.Latest)
            {
                roots.Add(shard.ShardId);
            }
        }

        return [.. InOrder(create.Values.Select(entry => entry.Shard)).Select(shard => NewLease(stream, shard, create[shard.ShardId].Checkpoint))];
    }

    /// <summary>The sentinel of the stream's starting position.</summary>
    public static ExtendedSequenceNumber Initial(LeasedStream stream) => stream.StartFrom.Type switch
    {
        StartingPositionType.TrimHorizon => ExtendedSequenceNumber.TrimHorizon,
        StartingPositionType.Latest => ExtendedSequenceNumber.Latest,
        StartingPositionType.AtTimestamp => ExtendedSequenceNumber.AtTimestamp,
        _ => throw new ArgumentException($"Stream '{stream.Reference}' cannot start at {stream.StartFrom.Type}; trim horizon, latest or a time is expected."),
    };

    /// <summary>
    /// Where a lost lease starts again. While no lease has got anywhere the first sync was interrupted, and the configured position holds. Later a lease
    /// that is missing was lost, and "latest" would skip what came since: at least once means from the horizon (docs/adr/0022-lost-leases.md).
    /// </summary>
    private static ExtendedSequenceNumber Repair(LeasedStream stream, IReadOnlyList<Lease> leases) =>
        stream.StartFrom.Type == StartingPositionType.Latest && leases.Any(lease => lease.Checkpoint != ExtendedSequenceNumber.Latest)
            ? ExtendedSequenceNumber.TrimHorizon
            : Initial(stream);

    /// <summary>The open shards without a lease, and their ancestors up to the first leased ones.</summary>
    private static HashSet<string> Wanted(IReadOnlyList<Shard> shards, ShardLineage lineage, HashSet<string> leased)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<Shard>(shards.Where(shard => shard.IsOpen && !leased.Contains(shard.ShardId)));
        while (queue.TryDequeue(out var shard))
        {
            if (leased.Contains(shard.ShardId) || !wanted.Add(shard.ShardId))
                continue;
            foreach (var parent in lineage.ParentsOf(shard.ShardId))
                queue.Enqueue(parent);
        }

        return wanted;
    }

    private static IEnumerable<Shard> InOrder(IEnumerable<Shard> shards) =>
        shards.OrderBy(shard => shard.StartingSequenceNumber).ThenBy(shard => shard.ShardId, StringComparer.Ordinal);

    private static Lease NewLease(LeasedStream stream, Shard shard, ExtendedSequenceNumber checkpoint) => new()
    {
        LeaseKey = stream.KeyOf(shard.ShardId),
        ShardId = shard.ShardId,
        StreamId = stream.StreamId,
        Checkpoint = checkpoint,
        ParentShardIds = [.. ParentsOf(shard).Order(StringComparer.Ordinal)],
        HashKeyRange = shard.HashKeyRange,
    };

    private static IEnumerable<string> ParentsOf(Shard shard) =>
        new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>().Distinct(StringComparer.Ordinal);
}
