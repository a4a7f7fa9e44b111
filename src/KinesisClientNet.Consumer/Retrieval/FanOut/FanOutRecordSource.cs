using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Retrieval.FanOut;

/// <summary>
/// Reads a shard with SubscribeToShard. The service ends a subscription after five minutes: the next one goes on after the last continuation
/// number, without a word. A reader that does not ask holds the server back by the HTTP/2 window; nothing else waits and nothing is cut.
/// </summary>
internal sealed class FanOutRecordSource(
    ShardAddress shard, ResumePoint resume, FanOutRegistration registration, FanOutOptions options, TimeProvider time, ILogger logger) : IRecordSource
{
    /// <summary>
    /// A subscription that a dead worker left behind can be taken over five seconds after it began; so long a refusal is routine. What lasts longer
    /// is another cause and is shown.
    /// </summary>
    private static readonly TimeSpan TakeoverPatience = TimeSpan.FromSeconds(7);

    private readonly SubscribeGate _gate = new(time);
    private LiveSubscription? _live;
    private long? _refusedSince;
    private bool _isAtEnd;

    /// <inheritdoc/>
    /// <remarks>Nobody can ask the service for smaller events: the last ones say how large they come. Shrinks slowly, so that one small event does not open the way for two large ones.</remarks>
    public long ExpectedPageBytes { get; private set; }

    /// <inheritdoc/>
    public async ValueTask<ShardPage> ReadAsync(Func<long> room, CancellationToken cancellationToken)
    {
        if (_isAtEnd)
            throw new InvalidOperationException($"{shard.ShardId} is read to its end.");
        while (true)
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
            if (await NextAsync(cancellationToken).ConfigureAwait(false) is { } shardEvent)
                return await AcceptAsync(shardEvent, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Subscribes, unless it is subscribed.</summary>
    /// <exception cref="KinesisApiException">The service refuses or is not reached.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        while (_live is null)
        {
            var arn = await registration.ArnAsync(cancellationToken).ConfigureAwait(false);
            await _gate.WaitTurnAsync(cancellationToken).ConfigureAwait(false);
            var position = resume.Take();
            try
            {
                var subscription = await SubscribeAsync(arn, position, cancellationToken).ConfigureAwait(false);
                _gate.Opened();
                _live = new LiveSubscription(subscription);
                ConsumerLog.SubscriptionOpened(logger, shard.ShardId, position.Type);
            }
            catch (KinesisApiException error) when (IsRoutineRefusal(error, arn))
            {
                // The next turn is a second away.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => DropAsync();

    /// <summary>The next event; null after a subscription's normal end.</summary>
    private async ValueTask<ShardEvent?> NextAsync(CancellationToken cancellationToken)
    {
        var live = _live!;
        try
        {
            if (await live.NextAsync(options.SilenceTimeout, time, cancellationToken).ConfigureAwait(false) is { } shardEvent)
            {
                _refusedSince = null;
                return shardEvent;
            }
        }
        catch (TimeoutException error)
        {
            await DropAsync().ConfigureAwait(false);
            throw new KinesisApiException(
                KinesisErrorKind.Connection, "SubscriptionSilent",
                $"The subscription to {shard.ShardId} of {shard.Stream} was silent for {options.SilenceTimeout} (Retrieval.FanOut.SilenceTimeout); it is opened again.",
                innerException: error);
        }
        catch
        {
            await DropAsync().ConfigureAwait(false);
            throw;
        }

        await DropAsync().ConfigureAwait(false);
        return live.HasBroughtEvents ? null : throw new KinesisApiException(
            KinesisErrorKind.Connection, "SubscriptionEnded",
            $"The subscription to {shard.ShardId} of {shard.Stream} was ended by the service before it brought anything; it is opened again.");
    }

    private async ValueTask<ShardPage> AcceptAsync(ShardEvent shardEvent, CancellationToken cancellationToken)
    {
        var records = shardEvent.Records;
        if (shardEvent.ContinuationSequenceNumber is { } continuation)
        {
            // Never behind a record that is handed on: it would come again with the next subscription.
            resume.Advance(records.Count > 0 && records[^1].SequenceNumber > continuation ? records[^1].SequenceNumber : continuation);
        }
        else
        {
            await ConfirmEndAsync(shardEvent, cancellationToken).ConfigureAwait(false);
            _isAtEnd = true;
            await DropAsync().ConfigureAwait(false);
        }

        var page = new ShardPage(records, shardEvent.MillisBehindLatest, _isAtEnd, shardEvent.ChildShards, shardEvent);
        if (records.Count > 0)
            ExpectedPageBytes = Math.Max(page.Bytes, ExpectedPageBytes - (ExpectedPageBytes / 8));
        return page;
    }

    /// <summary>An end without children would start none of them: it is believed only when the listing says that the shard is closed (kcl.md §5.5).</summary>
    private async ValueTask ConfirmEndAsync(ShardEvent shardEvent, CancellationToken cancellationToken)
    {
        if (shardEvent.ChildShards.Count > 0)
            return;
        try
        {
            var shards = await ShardLister.ListAsync(shard.Api, shard.Stream, null, cancellationToken).ConfigureAwait(false);
            if (shards.FirstOrDefault(listed => listed.ShardId == shard.ShardId) is not { IsOpen: true })
                return;
            throw new KinesisApiException(
                KinesisErrorKind.MalformedResponse, "ShardIsOpen",
                $"The subscription to {shard.ShardId} of {shard.Stream} came to an end without children although the shard is open; it is opened again.");
        }
        catch
        {
            shardEvent.Dispose();
            await DropAsync().ConfigureAwait(false);
            throw;
        }
    }

    private ValueTask<IShardSubscription> SubscribeAsync(string arn, StartingPosition position, CancellationToken cancellationToken) => DeadlineCall.RunAsync(
        token => shard.Api.SubscribeToShardAsync(arn, shard.ShardId, position, token), static late => late.DisposeAsync(), options.CallTimeout, time,
        ($"Subscribing to {shard.ShardId} of {shard.Stream}", "Retrieval.FanOut.CallTimeout"), cancellationToken);

    private bool IsRoutineRefusal(KinesisApiException error, string arn)
    {
        if (error.Kind == KinesisErrorKind.NotFound)
            registration.Distrust(arn);
        if (error.Kind != KinesisErrorKind.ResourceInUse)
            return false;
        _refusedSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_refusedSince.Value) < TakeoverPatience)
            return true;
        // The consumer may have been removed, or is not ACTIVE any more.
        registration.Distrust(arn);
        return false;
    }

    private ValueTask DropAsync()
    {
        var live = _live;
        _live = null;
        return live?.DisposeAsync() ?? default;
    }
}
