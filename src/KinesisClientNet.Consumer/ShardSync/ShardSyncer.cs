using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// Keeps the lease table in step with the streams: first leases, repair of holes, removal of finished leases. Run by the leader alone, on the table that it
/// has just read; lists shards only when the table shows a reason. One stream's trouble does not stop the others.
/// </summary>
internal sealed class ShardSyncer
{
    /// <summary>The same hole in this many readings is real; one reading may show a table between two writes.</summary>
    private const int Sightings = 2;

    private readonly IReadOnlyList<LeasedStream> _streams;
    private readonly ILeaseStore _store;
    private readonly IKinesisApi _api;
    private readonly LeaseTiming _timing;
    private readonly LeaseRuntime _runtime;
    private readonly Dictionary<LeasedStream, (HashKeyRange Hole, int Seen)> _holes = [];
    private TimeSpan? _cleanedAt;

    public ShardSyncer(IReadOnlyList<LeasedStream> streams, ILeaseStore store, IKinesisApi api, LeaseTiming timing, LeaseRuntime runtime)
    {
        _streams = streams;
        _store = store;
        _api = api;
        _timing = timing;
        _runtime = runtime;
    }

    /// <summary>Brings the table in step.</summary>
    /// <param name="table">The table as it was just read.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The leases that were created.</returns>
    public async ValueTask<IReadOnlyList<Lease>> SyncAsync(LeaseTable table, CancellationToken cancellationToken)
    {
        var created = new List<Lease>();
        var byStream = table.Leases.ToLookup(lease => lease.StreamId, StringComparer.Ordinal);
        var isCleanUpDue = _cleanedAt is not { } cleaned || _runtime.Now - cleaned >= _timing.CleanUpInterval;
        foreach (var stream in _streams)
        {
            try
            {
                Lease[] leases = [.. byStream[stream.StreamId]];
                created.AddRange(await SyncAsync(stream, leases, cancellationToken).ConfigureAwait(false));
                if (isCleanUpDue)
                    await CleanUpAsync(leases, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                // The other streams go on; this one is tried again at the next reading.
                ConsumerLog.StreamSyncFailed(_runtime.Logger, stream.Reference.ToString(), error);
            }
        }

        if (isCleanUpDue)
            _cleanedAt = _runtime.Now;
        return created;
    }

    private async ValueTask<IReadOnlyList<Lease>> SyncAsync(LeasedStream stream, Lease[] leases, CancellationToken cancellationToken)
    {
        if (leases.Length == 0)
        {
            var first = await ListStartAsync(stream, cancellationToken).ConfigureAwait(false);
            return await CreateAsync(stream, MissingLeases.ForNewStream(stream, first), cancellationToken).ConfigureAwait(false);
        }

        if (HashRangeHole.Find(leases) is not { } hole)
        {
            _holes.Remove(stream);
            return [];
        }

        var seen = _holes.TryGetValue(stream, out var last) && last.Hole == hole ? last.Seen + 1 : 1;
        _holes[stream] = (hole, seen);
        if (seen < Sightings)
            return [];
        ConsumerLog.HashRangeHoleFound(_runtime.Logger, stream.Reference.ToString(), hole.ToString(), seen);
        var shards = await ShardLister.ListAsync(_api, stream.Reference, null, cancellationToken).ConfigureAwait(false);
        await CompleteRangesAsync(stream, shards, leases, cancellationToken).ConfigureAwait(false);
        return await CreateAsync(stream, MissingLeases.ForStream(stream, shards, leases), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The shards that were open at the starting position. A filter that the service ignores, or whose answer has holes, is replaced by our own reading of the full list.</summary>
    private async ValueTask<IReadOnlyList<Shard>> ListStartAsync(LeasedStream stream, CancellationToken cancellationToken)
    {
        var filter = stream.StartFrom.Type switch
        {
            StartingPositionType.Latest => new ShardFilter(ShardFilterType.AtLatest),
            StartingPositionType.AtTimestamp => new ShardFilter(ShardFilterType.AtTimestamp, Timestamp: stream.StartFrom.Timestamp),
            _ => new ShardFilter(ShardFilterType.AtTrimHorizon),
        };
        var shards = await ShardLister.ListAsync(_api, stream.Reference, filter, cancellationToken).ConfigureAwait(false);
        if (MissingLeases.IsOneGeneration(shards))
            return shards;
        var all = await ShardLister.ListAsync(_api, stream.Reference, null, cancellationToken).ConfigureAwait(false);
        return MissingLeases.StartOf(stream, all);
    }

    private async ValueTask<IReadOnlyList<Lease>> CreateAsync(LeasedStream stream, ImmutableArray<Lease> missing, CancellationToken cancellationToken)
    {
        var created = new List<Lease>();
        foreach (var lease in missing)
        {
            var result = await _store.WriteLeaseAsync(new CreateLease(lease), cancellationToken).ConfigureAwait(false);
            if (result.IsApplied)
                created.Add(lease);
        }

        if (created.Count > 0)
            ConsumerLog.LeasesCreated(_runtime.Logger, created.Count, stream.Reference.ToString(), created[0].Checkpoint.ToString());
        return created;
    }

    /// <summary>Rows of old workers lack the hash keys; without them the audit is blind.</summary>
    private async ValueTask CompleteRangesAsync(LeasedStream stream, IReadOnlyList<Shard> shards, Lease[] leases, CancellationToken cancellationToken)
    {
        var byId = shards.ToDictionary(shard => shard.ShardId, StringComparer.Ordinal);
        foreach (var lease in leases)
        {
            if (lease.HashKeyRange is null && byId.TryGetValue(lease.ShardId, out var shard))
            {
                await _store.WriteLeaseAsync(
                    new DescribeLease(stream.KeyOf(lease.ShardId)) { HashKeyRange = shard.HashKeyRange }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask CleanUpAsync(Lease[] leases, CancellationToken cancellationToken)
    {
        foreach (var lease in EndedLeases.Find(leases))
        {
            await _store.WriteLeaseAsync(new DeleteLease(lease.LeaseKey, OnlyFinished: true), cancellationToken).ConfigureAwait(false);
            ConsumerLog.LeaseCleanedUp(_runtime.Logger, lease.LeaseKey);
        }
    }
}
