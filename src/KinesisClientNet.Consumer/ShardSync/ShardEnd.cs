using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// The end of a shard, by its owner: leases for all children before SHARD_END stands on the parent, so that no child is ever forgotten (demand
/// story L10), and no child of a merge before both parents have leases, so that order per key holds.
/// </summary>
internal sealed class ShardEnd(IReadOnlyList<LeasedStream> streams, ILeaseStore store, IKinesisApi api)
{
    /// <summary>See <see cref="LeaseKeeper.CompleteShardAsync"/>.</summary>
    public async ValueTask<ShardEndResult> CompleteAsync(HeldLease lease, IReadOnlyList<ChildShard> children, CancellationToken cancellationToken)
    {
        if (lease.Checkpoint.IsShardEnd)
            return ShardEndResult.Completed;
        var stream = StreamOf(lease);
        if (children.Count == 0)
            children = await ListChildrenAsync(stream, lease.ShardId, cancellationToken).ConfigureAwait(false);
        foreach (var child in children)
        {
            if (!await HasAllParentsAsync(stream, lease, child, cancellationToken).ConfigureAwait(false))
                return ShardEndResult.WaitsForMergePartner;
        }

        foreach (var child in children)
            await CreateAsync(stream, child, cancellationToken).ConfigureAwait(false);
        if (!lease.IsHeld)
            return ShardEndResult.LeaseLost;
        if (children.Count > 0)
        {
            ImmutableArray<string> ids = [.. children.Select(child => child.ShardId).Order(StringComparer.Ordinal)];
            await store.WriteLeaseAsync(new DescribeLease(lease.LeaseKey) { ChildShardIds = ids }, cancellationToken).ConfigureAwait(false);
        }

        var written = await lease.WriteCheckpointAsync(ExtendedSequenceNumber.ShardEnd, cancellationToken).ConfigureAwait(false);
        return written.IsApplied ? ShardEndResult.Completed : ShardEndResult.LeaseLost;
    }

    /// <summary>See <see cref="LeaseKeeper.FindUnfinishedParentAsync"/>.</summary>
    public async ValueTask<Lease?> FindUnfinishedParentAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        var stream = StreamOf(lease);
        foreach (var parent in lease.ParentShardIds)
        {
            var row = await store.ReadLeaseAsync(stream.KeyOf(parent), cancellationToken).ConfigureAwait(false);
            if (row is { IsFinished: false })
                return row;
        }

        return null;
    }

    private LeasedStream StreamOf(HeldLease lease) =>
        streams.FirstOrDefault(stream => stream.StreamId == lease.StreamId)
        ?? throw new InvalidOperationException(
            $"Lease '{lease.LeaseKey}' belongs to stream '{lease.StreamId}', which this worker is not configured to read. Add the stream or move the lease.");

    private async ValueTask CreateAsync(LeasedStream stream, ChildShard child, CancellationToken cancellationToken) =>
        await store.WriteLeaseAsync(
            new CreateLease(new Lease
            {
                LeaseKey = stream.KeyOf(child.ShardId),
                ShardId = child.ShardId,
                StreamId = stream.StreamId,
                Checkpoint = ExtendedSequenceNumber.TrimHorizon,
                ParentShardIds = [.. child.ParentShards.Order(StringComparer.Ordinal)],
                HashKeyRange = child.HashKeyRange,
            }),
            cancellationToken).ConfigureAwait(false);

    /// <summary>A parent without a lease is only waited for when the stream still has it: an expired parent will never get one.</summary>
    private async ValueTask<bool> HasAllParentsAsync(LeasedStream stream, HeldLease lease, ChildShard child, CancellationToken cancellationToken)
    {
        foreach (var parent in child.ParentShards)
        {
            if (parent == lease.ShardId || await store.ReadLeaseAsync(stream.KeyOf(parent), cancellationToken).ConfigureAwait(false) is not null)
                continue;
            // Once the child has a lease, clean-up may have removed the other parent's; then it was finished.
            if (await store.ReadLeaseAsync(stream.KeyOf(child.ShardId), cancellationToken).ConfigureAwait(false) is not null)
                continue;
            var listed = await ListAsync(stream, cancellationToken).ConfigureAwait(false);
            if (listed.Any(shard => shard.ShardId == parent))
                return false;
        }

        return true;
    }

    private async ValueTask<IReadOnlyList<ChildShard>> ListChildrenAsync(LeasedStream stream, string shardId, CancellationToken cancellationToken)
    {
        var shards = await ListAsync(stream, cancellationToken).ConfigureAwait(false);
        return
        [
            .. shards
                .Where(shard => shard.ParentShardId == shardId || shard.AdjacentParentShardId == shardId)
                .Select(shard => new ChildShard(shard.ShardId, ParentsOf(shard), shard.HashKeyRange)),
        ];
    }

    private static IReadOnlyList<string> ParentsOf(Shard shard) =>
        [.. new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>()];

    /// <summary>All shards; none when the stream is deleted, which ends its shards without children.</summary>
    private async ValueTask<IReadOnlyList<Shard>> ListAsync(LeasedStream stream, CancellationToken cancellationToken)
    {
        var shards = new List<Shard>();
        string? token = null;
        do
        {
            try
            {
                var page = await api.ListShardsAsync(new(stream.Reference, NextToken: token), cancellationToken).ConfigureAwait(false);
                shards.AddRange(page.Shards);
                token = page.NextToken;
            }
            catch (KinesisApiException gone) when (gone.Kind == KinesisErrorKind.NotFound)
            {
                return [];
            }
        }
        while (token is not null);
        return shards;
    }
}
