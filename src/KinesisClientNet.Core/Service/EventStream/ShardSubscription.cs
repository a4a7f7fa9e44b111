using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>
/// A subscription over HTTP/2. Nothing is read ahead of the enumerator but what the stream's window and one buffer hold: a consumer that does
/// not ask holds the server back. Enumerate it once.
/// </summary>
internal sealed class ShardSubscription : IShardSubscription
{
    private const int ReadBytes = 64 * 1024;

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
        var pipe = PipeReader.Create(body, new(bufferSize: ReadBytes));
        try
        {
            while (await NextAsync(pipe, cancellationToken).ConfigureAwait(false) is { } shardEvent)
                yield return shardEvent;
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The next event; null at the clean end of the stream.</summary>
    private async ValueTask<ShardEvent?> NextAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = read.Buffer;
                var shardEvent = TakeEvent(ref buffer);
                if (shardEvent is not null)
                {
                    pipe.AdvanceTo(buffer.Start);
                    return shardEvent;
                }

                if (read.IsCompleted)
                    return buffer.IsEmpty ? null : throw new FormatException("the event stream was cut in the middle of a message");
                pipe.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch (Exception error) when (error is not (KinesisApiException or ObjectDisposedException))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
            throw Translate(error);
        }
    }

    /// <summary>Takes messages until one is an event with records or a heartbeat; null when the buffer holds no further whole message.</summary>
    private ShardEvent? TakeEvent(ref ReadOnlySequence<byte> buffer)
    {
        while (EventStreamDecoder.TryRead(ref buffer, out var message))
        {
            if (message.Type != EventStreamMessageType.Event)
                throw ErrorOf(message);
            // The initial response carries nothing, and some servers do not send it; unknown events belong to later versions.
            if (message.Name == "SubscribeToShardEvent")
                return WithSpan(message.Payload, payload => JsonRecords.ReadEvent(payload, _interner));
        }

        return null;
    }

    private delegate T SpanReader<T>(ReadOnlySpan<byte> payload);

    private static T WithSpan<T>(ReadOnlySequence<byte> payload, SpanReader<T> read)
    {
        if (payload.IsSingleSegment)
            return read(payload.FirstSpan);
        var length = checked((int)payload.Length);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            payload.CopyTo(rented);
            return read(rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private KinesisApiException ErrorOf(in EventStreamMessage message)
    {
        var words = message.ErrorMessage ?? WithSpan(message.Payload, ServiceErrors.ReadJsonMessage);
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
