using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>Which leases of finished shards have served their purpose. Pure.</summary>
internal static class EndedLeases
{
    /// <summary>
    /// A finished lease may go when every child has a lease that has got somewhere (a real checkpoint), and its own parents' leases are gone: oldest
    /// first, so that a child never looks like a shard without history. Unlike KCL, a child that still waits at LATEST counts as not started.
    /// </summary>
    /// <param name="leases">The leases of one stream.</param>
    /// <returns>The leases to delete, in this order; after many reshards whole lineages go at once.</returns>
    public static ImmutableArray<Lease> Find(IReadOnlyCollection<Lease> leases)
    {
        var byShard = new Dictionary<string, Lease>(leases.Count, StringComparer.Ordinal);
        foreach (var lease in leases)
            byShard[lease.ShardId] = lease;
        Lease[] candidates =
        [
            .. leases.Where(lease => lease.IsFinished
                && !lease.ChildShardIds.IsEmpty
                && lease.ChildShardIds.All(child => byShard.TryGetValue(child, out var row) && HasStarted(row))),
        ];
        var ended = ImmutableArray.CreateBuilder<Lease>();
        int before;
        do
        {
            before = ended.Count;
            foreach (var lease in candidates.Where(lease => byShard.ContainsKey(lease.ShardId) && !lease.ParentShardIds.Any(byShard.ContainsKey)))
            {
                ended.Add(lease);
                byShard.Remove(lease.ShardId);
            }
        }
        while (ended.Count > before);
        return ended.ToImmutable();
    }

    private static bool HasStarted(Lease lease) => lease.Checkpoint.IsNumber || lease.IsFinished;
}
