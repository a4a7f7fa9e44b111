using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// The loop that reads one shard into its queue until the shard's end. Nothing that the service does ends it: failures are waited out, with the
/// reason on view. It ends only with the shard or by its token.
/// </summary>
internal sealed class ShardReader(
    ShardAddress shard, IRecordSource source, PrefetchQueue queue, ShardActivity activity, Backoff backoff, TimeProvider time, ILogger logger)
{
    /// <summary>Routine throttles and hiccups are no news; from here on they delay data.</summary>
    private const int FailuresUntilWarning = 5;

    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    /// <summary>A listing that never answers must not keep the shard silent; ten thousand shards are ten calls.</summary>
    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(30);

    private readonly Func<long> _room = () => queue.RoomFor(source.ExpectedPageBytes);
    private int _failures;
    private long? _warnedAt;

    /// <summary>How far the last page was behind the tip.</summary>
    public TimeSpan? Lag { get; private set; }

    /// <summary>When the last page came, by the clock's time stamp.</summary>
    public long LastPageAt { get; private set; } = time.GetTimestamp();

    /// <summary>Reads to the shard's end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadOneAsync(cancellationToken).ConfigureAwait(false))
            {
            }
        }
        finally
        {
            queue.Complete();
        }
    }

    private async ValueTask<bool> ReadOneAsync(CancellationToken cancellationToken)
    {
        var expected = source.ExpectedPageBytes;
        if (queue.RoomFor(expected) == 0)
            activity.Set(ShardFacet.Reader, ShardReason.Backpressure);
        await queue.WaitForRoomAsync(expected, cancellationToken).ConfigureAwait(false);
        ShardPage page;
        try
        {
            page = await source.ReadAsync(_room, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever a client throws, giving up would leave the shard silent: it is shown and tried again.
            if (error is not KinesisApiException { Kind: KinesisErrorKind.NotFound } || !await IsShardGoneAsync(cancellationToken).ConfigureAwait(false))
            {
                await WaitAfterAsync(error, cancellationToken).ConfigureAwait(false);
                return true;
            }

            ConsumerLog.ShardExpired(logger, shard.ShardId, shard.Stream.ToString());
            page = new ShardPage([], 0, isShardEnd: true);
        }

        return Take(page);
    }

    private bool Take(ShardPage page)
    {
        if (_failures > 0)
            ConsumerLog.ReadingRecovered(logger, shard.ShardId, _failures);
        _failures = 0;
        LastPageAt = time.GetTimestamp();
        Lag = page.Lag ?? Lag;
        var isCaughtUp = page.Lag is { } lag ? lag == TimeSpan.Zero : page.Records.Count == 0;
        activity.Set(ShardFacet.Reader, isCaughtUp ? ShardReason.CaughtUp : ShardReason.CatchingUp);
        var isEnd = page.IsShardEnd;
        if (isEnd || page.Records.Count > 0)
            queue.Add(page);
        else
            page.LetGo();
        return !isEnd;
    }

    private async ValueTask WaitAfterAsync(Exception error, CancellationToken cancellationToken)
    {
        var (code, isThrottle) = error is KinesisApiException api ? (api.Code, api.Kind == KinesisErrorKind.Throttled) : (error.GetType().Name, false);
        activity.Set(ShardFacet.Reader, isThrottle ? ShardReason.ThrottledByKinesis : ShardReason.ReadFailing, code, error);
        var wait = backoff.Next(_failures++);
        if (_failures >= FailuresUntilWarning && (_warnedAt is not { } warned || time.GetElapsedTime(warned) >= WarningInterval))
        {
            _warnedAt = time.GetTimestamp();
            ConsumerLog.ReadingFails(logger, shard.ShardId, _failures, code, error);
        }
        else
        {
            ConsumerLog.ReadFailed(logger, shard.ShardId, code, wait);
        }

        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// "Not found" can mean a deleted stream, which may come back, or a shard whose last record left the retention, which ends it. Only the second
    /// one lets the children start.
    /// </summary>
    private async ValueTask<bool> IsShardGoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            var shards = await DeadlineCall.RunAsync(
                token => new ValueTask<IReadOnlyList<Shard>>(ShardLister.ListAsync(shard.Api, shard.Stream, null, token)), null, ListTimeout, time,
                ($"Listing the shards of {shard.Stream}", "fixed"), cancellationToken).ConfigureAwait(false);
            return shards.Count > 0 && !shards.Any(listed => listed.ShardId == shard.ShardId);
        }
        catch (KinesisApiException)
        {
            // The stream itself is not found or not reachable: the caller reports the read's own error and tries again.
            return false;
        }
    }
}
