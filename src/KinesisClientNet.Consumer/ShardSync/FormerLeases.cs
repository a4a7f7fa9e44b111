using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// Leases of a stream that was deleted and created again under its name. In a single-stream table their keys are those of the new stream's shards, and their
/// positions would hide its records for ever (KCL asks for another application name then, KCL reference §3.11). With several streams the creation time is part of the key. Pure.
/// </summary>
internal static class FormerLeases
{
    /// <summary>
    /// Finds them by what cannot be true of one stream: a position before the shard's first possible record, other hash keys, or the end of a shard that is open.
    /// When there is one, the leases of shards that the stream does not have are former ones too.
    /// </summary>
    /// <param name="shards">All listed shards. A listing may be seconds old, so act only on what a later one shows too.</param>
    /// <param name="leases">The stream's leases.</param>
    /// <returns>The former leases; none in all ordinary cases.</returns>
    public static ImmutableArray<Lease> Find(IReadOnlyList<Shard> shards, IReadOnlyCollection<Lease> leases)
    {
        var byId = shards.ToDictionary(shard => shard.ShardId, StringComparer.Ordinal);
        var former = leases.Where(lease => byId.TryGetValue(lease.ShardId, out var shard) && Contradicts(lease, shard)).ToList();
        return former.Count == 0 ? [] : [.. former, .. leases.Where(lease => !byId.ContainsKey(lease.ShardId))];
    }

    /// <summary>Whether leases are certainly of the stream that has these shards: one of them has got somewhere in a shard, after its first possible record, and none contradicts.</summary>
    public static bool AreOf(IReadOnlyList<Shard> shards, IReadOnlyCollection<Lease> leases)
    {
        var byId = shards.ToDictionary(shard => shard.ShardId, StringComparer.Ordinal);
        return Find(shards, leases).IsEmpty && leases.Any(lease => lease.Checkpoint.IsNumber && byId.TryGetValue(lease.ShardId, out var shard) && lease.Checkpoint.SequenceNumber >= shard.StartingSequenceNumber);
    }

    private static bool Contradicts(Lease lease, Shard shard) =>
        (lease.Checkpoint.IsNumber && lease.Checkpoint.SequenceNumber < shard.StartingSequenceNumber)
        || (lease.IsFinished && shard.IsOpen)
        || (lease.HashKeyRange is { } range && range != shard.HashKeyRange);
}
