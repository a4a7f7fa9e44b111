using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>
/// What becomes of leases whose stream no worker lists any more: their shards are read on, because a rolling deployment may bring a worker that lists it; after the grace period
/// the leases are deleted and reading ends (KCL: FORMER_STREAMS_AUTO_DETECTION_DEFERRED_DELETION, which asks the leader's list alone). A stream that no longer exists is not waited for.
/// </summary>
internal sealed class FormerStreams(StreamDirectory streams, TimeSpan? grace, ILeaseStore store, IKinesisApi api, LeaseRuntime runtime)
{
    /// <summary>A report that old is of a worker that crashed; what it lists counts no more. Reports come every 45 s, wall clocks may differ.</summary>
    private static readonly TimeSpan ReportsCountFor = TimeSpan.FromMinutes(10);

    /// <summary>Identities that are not the stream's own and yet in use for it.</summary>
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _missingSince = new(StringComparer.Ordinal);

    /// <summary>Looks at the streams in the table; deletes what is over.</summary>
    /// <param name="table">The table as it was just read.</param>
    /// <param name="looksUp">Whether it is time to ask the service which of them still exist.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The leases that are left.</returns>
    public async ValueTask<ImmutableArray<Lease>> CleanUpAsync(LeaseTable table, bool looksUp, CancellationToken cancellationToken)
    {
        if (!streams.IsMulti)
            return table.Leases;
        var left = table.Leases;
        var wallNow = runtime.Time.GetUtcNow();
        var listed = table.Workers.Where(worker => wallNow - worker.UpdatedAt < ReportsCountFor).SelectMany(worker => worker.Streams).ToHashSet(StringComparer.Ordinal);
        var byStream = table.Leases.ToLookup(lease => lease.StreamId, StringComparer.Ordinal);
        foreach (var leases in byStream)
        {
            if (leases.Key is not { } streamId || streams.Of(streamId) is { IsListed: true } || listed.Contains(streamId) || _given.Contains(streamId))
            {
                _missingSince.Remove(leases.Key ?? "");
                continue;
            }

            if (_missingSince.TryAdd(streamId, runtime.Now))
                ConsumerLog.StreamIsFormer(runtime.Logger, streamId, leases.Count(), grace);
            if (!(runtime.Now - _missingSince[streamId] >= grace) && !(looksUp && await IsGoneAsync(streamId, leases, byStream, cancellationToken).ConfigureAwait(false)))
                continue;
            await DeleteAsync(streamId, leases, cancellationToken).ConfigureAwait(false);
            left = left.RemoveAll(lease => lease.StreamId == streamId);
        }

        return left;
    }

    /// <summary>
    /// Whether leases with another creation time in their keys are the stream's all the same: KCL lets the application give any. They are kept and their shards read on; leases
    /// with the right time would read everything once more.
    /// </summary>
    /// <param name="streamId">The stream of the leases.</param>
    /// <param name="leases">The leases.</param>
    /// <param name="stream">How calls name the stream that exists.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async ValueTask<bool> IsGivenAsync(string streamId, IEnumerable<Lease> leases, StreamReference stream, CancellationToken cancellationToken)
    {
        if (_given.Contains(streamId))
            return true;
        var shards = await ShardLister.ListAsync(api, stream, null, cancellationToken).ConfigureAwait(false);
        if (!FormerLeases.AreOf(shards, [.. leases]))
            return false;
        if (_given.Add(streamId))
            ConsumerLog.StreamHasGivenEpoch(runtime.Logger, stream.ToString(), streamId);
        return true;
    }

    private async ValueTask DeleteAsync(string streamId, IEnumerable<Lease> leases, CancellationToken cancellationToken)
    {
        foreach (var lease in leases)
            await store.WriteLeaseAsync(new DeleteLease(lease.LeaseKey, OnlyFinished: false), cancellationToken).ConfigureAwait(false);
        ConsumerLog.FormerStreamDeleted(runtime.Logger, streamId);
        _missingSince.Remove(streamId);
        streams.Forget(streamId);
    }

    /// <summary>Whether the stream was deleted, or replaced by one of the same name. Until that one has leases, those of the former show that it must be read from its beginning.</summary>
    private async ValueTask<bool> IsGoneAsync(string streamId, IEnumerable<Lease> leases, ILookup<string?, Lease> byStream, CancellationToken cancellationToken)
    {
        try
        {
            var stream = streams.Of(streamId).Reference;
            var summary = await api.DescribeStreamSummaryAsync(stream, cancellationToken).ConfigureAwait(false);
            var current = StreamIdentity.Of(summary).ToString();
            return current != streamId && byStream.Contains(current) && !await IsGivenAsync(streamId, leases, stream, cancellationToken).ConfigureAwait(false);
        }
        catch (KinesisApiException gone) when (gone.Kind == KinesisErrorKind.NotFound)
        {
            return true;
        }
        catch (KinesisApiException)
        {
            return false; // Not known: it is asked again, and the grace period ends in any case.
        }
    }
}
