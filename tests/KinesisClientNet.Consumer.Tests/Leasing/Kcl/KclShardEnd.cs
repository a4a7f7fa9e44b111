using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.ShardSync;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>What a KCL worker writes when a shard ends (§3.6) and when its lease has served its purpose (§3.7).</summary>
internal sealed class KclShardEnd(ILeaseStore store, ListedShards shards)
{
    /// <summary>Creates the children's leases without an owner and notes them in the parent's row.</summary>
    /// <returns>False when the other parent of a merge has no lease yet.</returns>
    public bool CreateChildren(Lease lease)
    {
        var children = shards.ChildrenOf(lease.ShardId);
        foreach (var child in children)
        {
            if (Sync.Of(store.ReadLeaseAsync(child.ShardId)) is not null)
                continue;
            if (child.ParentShards.Any(parent => Sync.Of(store.ReadLeaseAsync(parent)) is null))
                return false;
            Sync.Of(store.WriteLeaseAsync(new CreateLease(new Lease
            {
                LeaseKey = child.ShardId, ShardId = child.ShardId, Checkpoint = ExtendedSequenceNumber.TrimHorizon,
                ParentShardIds = [.. child.ParentShards.Order(StringComparer.Ordinal)], HashKeyRange = child.HashKeyRange,
            })));
        }

        ImmutableArray<string> ids = [.. children.Select(child => child.ShardId).Order(StringComparer.Ordinal)];
        Sync.Of(store.WriteLeaseAsync(new DescribeLease(lease.LeaseKey) { ChildShardIds = ids }));
        return true;
    }

    /// <summary>Deletes a finished lease when every child has begun and its own parents' leases are gone.</summary>
    /// <returns>True when it is gone.</returns>
    public bool TryDelete(string leaseKey)
    {
        if (Sync.Of(store.ReadLeaseAsync(leaseKey)) is not { } row)
            return true;
        var haveBegun = row.ChildShardIds.All(child => Sync.Of(store.ReadLeaseAsync(child)) is { } begun && begun.Checkpoint != ExtendedSequenceNumber.TrimHorizon);
        if (!haveBegun || row.ParentShardIds.Any(parent => Sync.Of(store.ReadLeaseAsync(parent)) is not null))
            return false;
        return Sync.Of(store.WriteLeaseAsync(new DeleteLease(leaseKey, OnlyFinished: true))).IsApplied;
    }
}
