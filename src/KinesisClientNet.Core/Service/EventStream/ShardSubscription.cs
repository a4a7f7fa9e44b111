using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>
/// A subscription over HTTP/2. Nothing is read ahead of the enumerator but what the stream's window holds: a consumer that does not ask holds the
/// server back, and no memory beside the window. Enumerate it once.
/// </summary>
internal sealed class ShardSubscription : IShardSubscription
{
    private readonly byte[] _prelude = new byte[EventStreamFormat.PreludeLength];
    private readonly HttpResponseMessage _answer;
    private readonly string _host;
    private readonly string? _requestId;
    private readonly Utf8Interner _interner;
    private int _isEnumerated;
    private int _isDisposed;

    public ShardSubscription(HttpResponseMessage answer, string host, Utf8Interner interner)
    {
        (_answer, _host, _interner) = (answer, host, interner);
        _requestId = ResponseReader.Header(answer.Headers, "x-amzn-RequestId");
    }

    public IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        Interlocked.Exchange(ref _isEnumerated, 1) == 0
            ? ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken)
            : throw new InvalidOperationException("A subscription can be enumerated once only; subscribe again after the last continuation sequence number.");

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            _answer.Dispose();
        return default;
    }

    private async IAsyncEnumerable<ShardEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        var body = await _answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        while (await NextAsync(body, cancellationToken).ConfigureAwait(false) is { } shardEvent)
            yield return shardEvent;
    }

    /// <summary>The next event; null at the clean end of the stream.</summary>
    private async ValueTask<ShardEvent?> NextAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var read = await body.ReadAtLeastAsync(_prelude, _prelude.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return null;
                if (read < _prelude.Length)
                    throw Cut();
                if (await ReadMessageAsync(body, EventStreamDecoder.ReadLength(_prelude), cancellationToken).ConfigureAwait(false) is { } shardEvent)
                    return shardEvent;
            }
        }
        catch (Exception error) when (error is not (KinesisApiException or ObjectDisposedException))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
            throw Translate(error);
        }
    }

    /// <summary>Reads the message behind a prelude into one piece of memory of exactly its size; null unless it is an event with records or a heartbeat.</summary>
    private async ValueTask<ShardEvent?> ReadMessageAsync(Stream body, int length, CancellationToken cancellationToken)
    {
        var message = new PooledBuffer(length);
        ShardEvent? shardEvent = null;
        try
        {
            message.Write(_prelude);
            var rest = message.GetMemory(length - _prelude.Length)[..(length - _prelude.Length)];
            if (await body.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < rest.Length)
                throw Cut();
            message.Advance(rest.Length);
            return shardEvent = Take(message);
        }
        finally
        {
            if (shardEvent is null)
                message.Dispose();
        }
    }

    private ShardEvent? Take(PooledBuffer buffer)
    {
        var whole = new ReadOnlySequence<byte>(buffer.WrittenMemory);
        EventStreamDecoder.TryRead(ref whole, out var message);
        if (message.Type != EventStreamMessageType.Event)
            throw ErrorOf(message);
        // The initial response carries nothing, and some servers do not send it; unknown events belong to later versions.
        return message.Name == "SubscribeToShardEvent" ? JsonRecords.ReadEvent(buffer, message.Payload.First, _interner) : null;
    }

    private static FormatException Cut() => new("the event stream was cut in the middle of a message");

    private KinesisApiException ErrorOf(in EventStreamMessage message)
    {
        var words = message.ErrorMessage ?? ServiceErrors.ReadJsonMessage(message.Payload.FirstSpan);
        var code = message.Name.Length > 0 ? ErrorCatalogue.BareCode(message.Name) : "UnknownEventStreamError";
        return ServiceErrors.Create(KinesisOperation.SubscribeToShard, _host, code, words, (int)_answer.StatusCode, _requestId);
    }

    private KinesisApiException Translate(Exception error) => error is FormatException or JsonException or InvalidOperationException
        ? new(
            KinesisErrorKind.MalformedResponse, ErrorCatalogue.MalformedResponse,
            $"SubscribeToShard at {_host}: {error.Message}. Subscribe again after the last continuation sequence number.",
            (int)_answer.StatusCode, _requestId, error)
        : new(
            KinesisErrorKind.Connection, ErrorCatalogue.ConnectionLost,
            $"SubscribeToShard at {_host}: the connection broke: {error.Message} Subscribe again after the last continuation sequence number.",
            (int)_answer.StatusCode, _requestId, error);
}
