using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Retrieval.FanOut;

/// <summary>
/// Enhanced fan-out, and polling while that keeps failing. Both go on from one <see cref="ResumePoint"/>, so a switch skips nothing and repeats nothing.
/// </summary>
internal sealed class FallbackRecordSource(
    FanOutRecordSource fanOut, Func<IRecordSource> startPolling, FanOutOptions options, string shardId, TimeProvider time, ILogger logger) : IRecordSource
{
    private IRecordSource? _polling;
    private long _polledSince;
    private long? _failingSince;

    /// <inheritdoc/>
    public long ExpectedPageBytes => (_polling ?? fanOut).ExpectedPageBytes;

    /// <inheritdoc/>
    public async ValueTask<ShardPage> ReadAsync(Func<long> room, CancellationToken cancellationToken)
    {
        if (_polling is not null && time.GetElapsedTime(_polledSince) >= options.ReturnAfter)
            await TryReturnAsync(cancellationToken).ConfigureAwait(false);
        if (_polling is null)
        {
            try
            {
                var page = await fanOut.ReadAsync(room, cancellationToken).ConfigureAwait(false);
                _failingSince = null;
                return page;
            }
            catch (KinesisApiException error) when (IsTimeToPoll(error))
            {
                ConsumerLog.FanOutFallsBack(logger, shardId, error.Code, options.ReturnAfter, error);
                (_polling, _polledSince, _failingSince) = (startPolling(), time.GetTimestamp(), null);
            }
        }

        return await _polling.ReadAsync(room, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await fanOut.DisposeAsync().ConfigureAwait(false);
        if (_polling is not null)
            await _polling.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsTimeToPoll(KinesisApiException error)
    {
        switch (error.Kind)
        {
            // The shard may have expired: that is for the reader to find out.
            case KinesisErrorKind.NotFound:
                return false;
            // Does not pass by itself.
            case KinesisErrorKind.LimitExceeded or KinesisErrorKind.AccessDenied or KinesisErrorKind.InvalidArgument:
                return true;
            default:
                _failingSince ??= time.GetTimestamp();
                return time.GetElapsedTime(_failingSince.Value) >= options.FallBackAfter;
        }
    }

    private async ValueTask TryReturnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await fanOut.OpenAsync(cancellationToken).ConfigureAwait(false);
            await _polling!.DisposeAsync().ConfigureAwait(false);
            _polling = null;
            ConsumerLog.FanOutReturns(logger, shardId);
        }
        catch (KinesisApiException error)
        {
            // Polling goes on; the next try is ReturnAfter away.
            _polledSince = time.GetTimestamp();
            ConsumerLog.FanOutStillFails(logger, shardId, error.Code);
        }
    }
}
