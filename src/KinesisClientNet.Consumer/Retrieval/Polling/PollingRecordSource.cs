using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>Reads a shard with GetRecords.</summary>
internal sealed class PollingRecordSource : IRecordSource
{
    /// <summary>
    /// A LATEST start whose iterator expires before the first record is renewed by time, or records of the gap would be skipped. Our clock may be
    /// ahead of the service's by this much (SigV4 tolerates five minutes; what is read twice here was never delivered before).
    /// </summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    private readonly IKinesisApi _api;
    private readonly StreamReference _stream;
    private readonly string _shardId;
    private readonly PollingOptions _options;
    private readonly TimeProvider _time;
    private readonly ReadPacer _pacer;
    private readonly IDisposable _pacerMembership;
    private readonly PageSizing _sizing;
    private StartingPosition _position;
    private DateTimeOffset? _caughtUpAt;
    private string? _iterator;
    private bool _isAtEnd;
    private TimeSpan _idle;
    private long _lastReadAt;

    public PollingRecordSource(ShardAddress shard, StartingPosition position, PollingOptions options, TimeProvider time)
    {
        (_api, _stream, _shardId) = (shard.Api, shard.Stream, shard.ShardId);
        (_position, _options, _time) = (position, options, time);
        _sizing = new PageSizing(options.MaxRecords);
        _pacerMembership = ReadPacers.Of(time).Join(shard.Service, shard.Stream, shard.ShardId, out _pacer);
    }

    /// <inheritdoc/>
    public async ValueTask<ShardPage> ReadAsync(long roomBytes, CancellationToken cancellationToken)
    {
        if (_isAtEnd)
            throw new InvalidOperationException($"{_shardId} is read to its end.");
        while (true)
        {
            await WaitIdleAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _iterator ??= await StartAsync(cancellationToken).ConfigureAwait(false);
                await _pacer.WaitTurnAsync(_options, cancellationToken).ConfigureAwait(false);
                _lastReadAt = _time.GetTimestamp();
                var request = new GetRecordsRequest(_stream, _iterator, _sizing.LimitFor(roomBytes));
                var page = await CallAsync(token => _api.GetRecordsAsync(request, token), static late => late.Dispose(), cancellationToken).ConfigureAwait(false);
                return Accept(page);
            }
            catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.ExpiredIterator)
            {
                // Not a failure: the handler was slow or the shard paused. The position does not expire, only the token (GetShardIterator reference: 5 min).
                _iterator = null;
            }
            catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.InvalidArgument)
            {
                // An iterator that the service no longer understands must not be used for ever.
                _iterator = null;
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _pacerMembership.Dispose();
        return default;
    }

    private ShardPage Accept(GetRecordsPage page)
    {
        var count = page.Records.Count;
        var taken = new ShardPage(page.Records, page.MillisBehindLatest, page.NextShardIterator is null, page.ChildShards, page);
        _pacer.Book(_sizing.Learn(page.Records), _options);
        _iterator = page.NextShardIterator;
        _isAtEnd = _iterator is null;
        var isBehind = page.MillisBehindLatest is { } millis ? millis > 0 : count > 0;
        if (count > 0)
            _position = StartingPosition.After(page.Records[^1].SequenceNumber);
        else if (!isBehind)
            _caughtUpAt = _time.GetUtcNow();
        _idle = isBehind || _isAtEnd ? TimeSpan.Zero : count > 0 ? _options.IdleDelay / 2 : _options.IdleDelay;
        return taken;
    }

    private ValueTask<string> StartAsync(CancellationToken cancellationToken)
    {
        var position = _position;
        if (position.Type == StartingPositionType.Latest)
        {
            if (_caughtUpAt is { } time)
                position = StartingPosition.AtTimestamp(time - ClockTolerance);
            else
                _caughtUpAt = _time.GetUtcNow();
        }

        return CallAsync(token => _api.GetShardIteratorAsync(_stream, _shardId, position, token), null, cancellationToken);
    }

    private async ValueTask WaitIdleAsync(CancellationToken cancellationToken)
    {
        var wait = _idle - (_lastReadAt == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_lastReadAt));
        _idle = TimeSpan.Zero;
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A call with a deadline that holds even when the client does not honour its token (demand story S1).</summary>
    private async ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, Action<T>? dropLate, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = call(deadline.Token);
        if (running.IsCompletedSuccessfully)
            return running.Result;
        var task = running.AsTask();
        try
        {
            return await task.WaitAsync(_options.CallTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            await deadline.CancelAsync().ConfigureAwait(false);
            _ = DropLateAsync(task, dropLate);
            if (error is TimeoutException)
                throw new KinesisApiException(
                    KinesisErrorKind.Connection, "CallTimeout", $"Reading {_shardId} of {_stream} got no answer within {_options.CallTimeout} (Retrieval.Polling.CallTimeout). It is tried again.", innerException: error);
            throw;
        }
    }

    private static async Task DropLateAsync<T>(Task<T> task, Action<T>? drop)
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully)
            drop?.Invoke(task.Result);
    }
}
