using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>Reads a shard with GetRecords.</summary>
internal sealed class PollingRecordSource : IRecordSource
{
    private readonly IKinesisApi _api;
    private readonly StreamReference _stream;
    private readonly string _shardId;
    private readonly PollingOptions _options;
    private readonly TimeProvider _time;
    private readonly ReadPacer _pacer;
    private readonly IDisposable _pacerMembership;
    private readonly PageSizing _sizing;
    private readonly ResumePoint _resume;
    private string? _iterator;
    private bool _isAtEnd;
    private TimeSpan _idle;
    private long _lastReadAt;

    public PollingRecordSource(ShardAddress shard, ResumePoint resume, PollingOptions options, TimeProvider time)
    {
        (_api, _stream, _shardId) = (shard.Api, shard.Stream, shard.ShardId);
        (_resume, _options, _time) = (resume, options, time);
        _sizing = new PageSizing(options.MaxRecords);
        _pacerMembership = ReadPacers.Of(time).Join(shard.Service, shard.Stream, shard.ShardId, out _pacer);
    }

    /// <inheritdoc/>
    public long ExpectedPageBytes => 0;

    /// <inheritdoc/>
    public async ValueTask<ShardPage> ReadAsync(Func<long> room, CancellationToken cancellationToken)
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
                var request = new GetRecordsRequest(_stream, _iterator, _sizing.LimitFor(room()));
                var page = await CallAsync(token => _api.GetRecordsAsync(request, token), DropAsync, cancellationToken).ConfigureAwait(false);
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
        _pacer.Book(taken.PayloadBytes, _options);
        _sizing.Learn(count, taken.ContentBytes);
        _iterator = page.NextShardIterator;
        _isAtEnd = _iterator is null;
        var isBehind = page.MillisBehindLatest is { } millis ? millis > 0 : count > 0;
        if (count > 0)
            _resume.Advance(page.Records[^1].SequenceNumber);
        else if (!isBehind)
            _resume.CaughtUp();
        _idle = isBehind || _isAtEnd ? TimeSpan.Zero : count > 0 ? _options.IdleDelay / 2 : _options.IdleDelay;
        return taken;
    }

    private static ValueTask DropAsync(GetRecordsPage late)
    {
        late.Dispose();
        return default;
    }

    private ValueTask<string> StartAsync(CancellationToken cancellationToken)
    {
        var position = _resume.Take();
        return CallAsync(token => _api.GetShardIteratorAsync(_stream, _shardId, position, token), null, cancellationToken);
    }

    private async ValueTask WaitIdleAsync(CancellationToken cancellationToken)
    {
        var wait = _idle - (_lastReadAt == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_lastReadAt));
        _idle = TimeSpan.Zero;
        if (wait > TimeSpan.Zero)
            await Task.Delay(PollGrid.Align(_time.GetElapsedTime(0), wait), _time, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, Func<T, ValueTask>? dropLate, CancellationToken cancellationToken) =>
        DeadlineCall.RunAsync(
            call, dropLate, _options.CallTimeout, _time, ($"Reading {_shardId} of {_stream}", "Retrieval.Polling.CallTimeout"), cancellationToken);
}
