using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// The end of a shard, by its owner: leases for all children before SHARD_END stands on the parent, so that no child is ever forgotten (demand
/// story L10), and no child of a merge before both parents have leases, so that order per key holds.
/// </summary>
internal sealed class ShardEnd(
    StreamDirectory streams, LeaseHolder holder, LeaseFinder finder, OwnedLeases owned, int maxLeases, IKinesisApi api)
{
    private readonly ILeaseStore _store = holder.Store;

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

        var mine = new List<string>();
        foreach (var child in children)
        {
            if (await CreateAsync(stream, child, mine.Count, cancellationToken).ConfigureAwait(false) is { } key)
                mine.Add(key);
        }

        if (children.Count > 0)
        {
            ImmutableArray<string> ids = [.. children.Select(child => child.ShardId).Order(StringComparer.Ordinal)];
            await _store.WriteLeaseAsync(new DescribeLease(lease.LeaseKey) { ChildShardIds = ids }, cancellationToken).ConfigureAwait(false);
        }

        var written = await lease.WriteCheckpointAsync(ExtendedSequenceNumber.ShardEnd, cancellationToken).ConfigureAwait(false);
        if (!written.IsApplied)
            return ShardEndResult.LeaseLost;
        foreach (var key in mine)
            await finder.ClaimAsync(key, cancellationToken).ConfigureAwait(false);
        return ShardEndResult.Completed;
    }

    /// <summary>See <see cref="LeaseKeeper.FindUnfinishedParentAsync"/>.</summary>
    public async ValueTask<Lease?> FindUnfinishedParentAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        var stream = StreamOf(lease);
        foreach (var parent in lease.ParentShardIds)
        {
            var row = await _store.ReadLeaseAsync(stream.KeyOf(parent), cancellationToken).ConfigureAwait(false);
            if (row is { IsFinished: false })
                return row;
        }

        return null;
    }

    private LeasedStream StreamOf(HeldLease lease) => streams.Of(lease.StreamId);

    /// <summary>
    /// Creates a child's lease. As long as this worker has room the lease is its own from the start, so that reading goes on at once; the leader moves it
    /// later if balance asks for it.
    /// </summary>
    /// <returns>The key when the child is this worker's; else null.</returns>
    private async ValueTask<string?> CreateAsync(LeasedStream stream, ChildShard child, int alreadyMine, CancellationToken cancellationToken)
    {
        var working = owned.Current.Values.Count(held => !held.Checkpoint.IsShardEnd);
        var owner = working - 1 + alreadyMine < maxLeases ? holder.WorkerId : null;
        var row = new Lease
        {
            LeaseKey = stream.KeyOf(child.ShardId),
            ShardId = child.ShardId,
            StreamId = stream.StreamId,
            Owner = owner,
            Checkpoint = ExtendedSequenceNumber.TrimHorizon,
            ParentShardIds = [.. child.ParentShards.Order(StringComparer.Ordinal)],
            HashKeyRange = child.HashKeyRange,
        };
        var result = await _store.WriteLeaseAsync(new CreateLease(row), cancellationToken).ConfigureAwait(false);
        return owner is not null && (result.IsApplied || result.Lease?.Owner == owner) ? row.LeaseKey : null;
    }

    /// <summary>
    /// A parent without a lease is only waited for when the stream still has it: an expired parent will never get one. A listing may be seconds old
    /// (ListShards is eventually consistent) and lack a partner that is too new for it, so only one that knows the child, which is younger than
    /// its parents, or a shard younger still, tells that the partner has expired.
    /// </summary>
    private async ValueTask<bool> HasAllParentsAsync(LeasedStream stream, HeldLease lease, ChildShard child, CancellationToken cancellationToken)
    {
        foreach (var parent in child.ParentShards)
        {
            if (parent == lease.ShardId || await _store.ReadLeaseAsync(stream.KeyOf(parent), cancellationToken).ConfigureAwait(false) is not null)
                continue;
            // Once the child has a lease, clean-up may have removed the other parent's; then it was finished.
            if (await _store.ReadLeaseAsync(stream.KeyOf(child.ShardId), cancellationToken).ConfigureAwait(false) is not null)
                continue;
            if (await ListAsync(stream, cancellationToken).ConfigureAwait(false) is { } listed && !IsExpired(parent, child.ShardId, listed))
                return false;
        }

        return true;
    }

    /// <summary>Shard ids rise with age: Kinesis numbers a stream's shards in the order in which they are made.</summary>
    private static bool IsExpired(string parent, string child, IReadOnlyList<Shard> listed) =>
        listed.Any(shard => string.CompareOrdinal(shard.ShardId, child) >= 0) && !listed.Any(shard => shard.ShardId == parent);

    private async ValueTask<IReadOnlyList<ChildShard>> ListChildrenAsync(LeasedStream stream, string shardId, CancellationToken cancellationToken)
    {
        var shards = await ListAsync(stream, cancellationToken).ConfigureAwait(false);
        return
        [
            .. (shards ?? [])
                .Where(shard => shard.ParentShardId == shardId || shard.AdjacentParentShardId == shardId)
                .Select(shard => new ChildShard(shard.ShardId, ParentsOf(shard), shard.HashKeyRange)),
        ];
    }

    private static IReadOnlyList<string> ParentsOf(Shard shard) =>
        [.. new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>()];

    /// <summary>All shards; null when the stream is deleted, which ends its shards without children.</summary>
    private async ValueTask<IReadOnlyList<Shard>?> ListAsync(LeasedStream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await ShardLister.ListAsync(api, stream.Reference, null, cancellationToken).ConfigureAwait(false);
        }
        catch (KinesisApiException gone) when (gone.Kind == KinesisErrorKind.NotFound)
        {
            return null;
        }
    }
}
