using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// Keeps the lease table in step with the streams: first leases, repair of holes, removal of finished leases, a new start after a stream was created again. Run by
/// the leader alone, on the table that it has just read; lists shards when the table shows a reason, and now and then. One stream's trouble does not stop the others.
/// </summary>
internal sealed class ShardSyncer
{
    /// <summary>The same hole in this many readings is real; one reading may show a table between two writes.</summary>
    private const int Sightings = 2;

    private readonly StreamDirectory _streams;
    private readonly FormerStreams _former;
    private readonly ILeaseStore _store;
    private readonly IKinesisApi _api;
    private readonly LeaseTiming _timing;
    private readonly LeaseRuntime _runtime;
    private readonly Dictionary<LeasedStream, (HashKeyRange Hole, int Seen)> _holes = [];
    private readonly Dictionary<LeasedStream, TimeSpan> _listAgainAt = [];
    private readonly HashSet<LeasedStream> _suspects = [];
    private TimeSpan? _cleanedAt;

    public ShardSyncer(StreamDirectory streams, FormerStreams former, ILeaseStore store, IKinesisApi api, LeaseTiming timing, LeaseRuntime runtime)
    {
        _former = former;
        _streams = streams;
        _store = store;
        _api = api;
        _timing = timing;
        _runtime = runtime;
    }

    /// <summary>Whether some stream's leases have a hole that is being watched.</summary>
    public bool HasDoubts => _holes.Count > 0 || _suspects.Count > 0;

    /// <summary>Brings the table in step.</summary>
    /// <param name="table">The table as it was just read.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The leases that were created.</returns>
    public async ValueTask<IReadOnlyList<Lease>> SyncAsync(LeaseTable table, CancellationToken cancellationToken)
    {
        var created = new List<Lease>();
        var isCleanUpDue = _cleanedAt is not { } cleaned || _runtime.Now - cleaned >= _timing.CleanUpInterval;
        var byStream = (await _former.CleanUpAsync(table, isCleanUpDue, cancellationToken).ConfigureAwait(false)).ToLookup(lease => lease.StreamId, StringComparer.Ordinal);
        foreach (var stream in _streams)
        {
            try
            {
                Lease[] leases = [.. byStream[stream.StreamId]];
                if (leases.Length == 0 && !stream.IsListed)
                    continue;
                created.AddRange(leases.Length == 0
                    ? await BeginAsync(stream, table, cancellationToken).ConfigureAwait(false)
                    : await SyncAsync(stream, leases, cancellationToken).ConfigureAwait(false));
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
        foreach (var gone in _holes.Keys.Except(_streams.Current).ToArray())
            _holes.Remove(gone);
        return created;
    }

    /// <summary>Creates the first leases of a stream that was added to a running worker, whether or not it leads: nobody need wait until the leader lists it too.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>How many leases were created; 0 when the stream has some.</returns>
    public async ValueTask<int> BeginAsync(LeasedStream stream, CancellationToken cancellationToken)
    {
        var table = await _store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
        if (table.Leases.Any(lease => lease.StreamId == stream.StreamId))
            return 0;
        return (await BeginAsync(stream, table, cancellationToken).ConfigureAwait(false)).Count;
    }

    /// <summary>Creates the first leases of a stream. Leases of the same stream with another creation time are those of a former one, or the stream's own under a time that KCL was given.</summary>
    private async ValueTask<IReadOnlyList<Lease>> BeginAsync(LeasedStream stream, LeaseTable table, CancellationToken cancellationToken)
    {
        var wasCreatedAgain = false;
        foreach (var other in table.Leases.Where(lease => stream.IsSameButForEpoch(lease.StreamId)).GroupBy(lease => lease.StreamId!, StringComparer.Ordinal))
        {
            if (await _former.IsGivenAsync(other.Key, other, stream.Reference, cancellationToken).ConfigureAwait(false))
                return [];
            wasCreatedAgain = true;
        }

        _listAgainAt[stream] = _runtime.Now + ListInterval(stream);
        var begins = wasCreatedAgain ? stream.FromHorizon() : stream;
        var first = await ListStartAsync(begins, cancellationToken).ConfigureAwait(false);
        return await CreateAsync(stream, MissingLeases.ForNewStream(begins, first), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<Lease>> SyncAsync(LeasedStream stream, Lease[] leases, CancellationToken cancellationToken)
    {
        var isHole = IsHole(stream, leases);
        if (!isHole && _runtime.Now < _listAgainAt.GetValueOrDefault(stream, TimeSpan.MinValue))
            return [];
        _listAgainAt[stream] = _runtime.Now + ListInterval(stream);
        var shards = await ShardLister.ListAsync(_api, stream.Reference, null, cancellationToken).ConfigureAwait(false);
        // With many streams the creation time in the key tells the new one from the old, unless it was given.
        if (!stream.IsToldByKey && FormerLeases.Find(shards, leases) is { IsEmpty: false } former)
            return await StartAgainAsync(stream, shards, leases, former, cancellationToken).ConfigureAwait(false);
        _suspects.Remove(stream);
        if (!isHole)
            return [];
        await CompleteRangesAsync(stream, shards, leases, cancellationToken).ConfigureAwait(false);
        return await CreateAsync(stream, MissingLeases.ForStream(stream, shards, leases), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Only the shards tell that a stream was created again when its keys do not.</summary>
    private TimeSpan ListInterval(LeasedStream stream) => stream.IsToldByKey ? _timing.QuietListInterval : _timing.ListInterval;

    /// <summary>Whether the table has shown the same hole often enough.</summary>
    private bool IsHole(LeasedStream stream, Lease[] leases)
    {
        if (HashRangeHole.Find(leases) is not { } hole)
        {
            _holes.Remove(stream);
            return false;
        }

        var seen = _holes.TryGetValue(stream, out var last) && last.Hole == hole ? last.Seen + 1 : 1;
        _holes[stream] = (hole, seen);
        if (seen < Sightings)
            return false;
        ConsumerLog.HashRangeHoleFound(_runtime.Logger, stream.Reference.ToString(), hole.ToString(), seen);
        return true;
    }

    /// <summary>
    /// The stream is a new one under the old name. What stands in the former leases means nothing for it, so they make room for new ones, from the horizon (or the configured time):
    /// whoever started at the newest record once has not seen this stream's. Counters go on, so that epochs rise.
    /// </summary>
    private async ValueTask<IReadOnlyList<Lease>> StartAgainAsync(
        LeasedStream stream, IReadOnlyList<Shard> shards, Lease[] leases, ImmutableArray<Lease> former, CancellationToken cancellationToken)
    {
        if (_suspects.Add(stream))
        {
            // A listing may be older than the table (ListShards is eventually consistent): a later one decides.
            _listAgainAt[stream] = _runtime.Now + _timing.SecondListingAfter;
            return [];
        }

        _suspects.Remove(stream);
        ConsumerLog.StreamCreatedAgain(_runtime.Logger, stream.Reference.ToString(), former.Length);
        foreach (var lease in former)
            await _store.WriteLeaseAsync(new DeleteLease(lease.LeaseKey, OnlyFinished: false), cancellationToken).ConfigureAwait(false);
        var counters = former.ToDictionary(lease => lease.LeaseKey, lease => lease.Counter, StringComparer.Ordinal);
        var renewed = stream.FromHorizon();
        Lease[] left = [.. leases.Where(lease => !counters.ContainsKey(lease.LeaseKey))];
        var missing = left.Length == 0
            ? MissingLeases.ForNewStream(renewed, MissingLeases.StartOf(renewed, shards))
            : MissingLeases.ForStream(renewed, shards, left);
        return await CreateAsync(
            stream,
            [.. missing.Select(lease => counters.TryGetValue(lease.LeaseKey, out var counter) ? lease with { Counter = counter + 1 } : lease)],
            cancellationToken).ConfigureAwait(false);
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
