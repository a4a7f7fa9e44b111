using System.Text.Json;
using KinesisClientNet.Core.Service.Endpoints;
using Polly;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Runs a call through its retry pipeline and reads the answer. Thread-safe.</summary>
internal sealed class WireClient(EndpointResolver endpoints, WireSender sender, RetryPipelines retries)
{
    /// <summary>Reads an answer; throws <see cref="FormatException"/> or <see cref="JsonException"/> when it cannot.</summary>
    public delegate T Reader<T>(WireResponse response);

    /// <summary>Reads a body; throws <see cref="FormatException"/> or <see cref="JsonException"/> when it cannot.</summary>
    public delegate T BodyReader<T>(ReadOnlySpan<byte> body);

    /// <summary>A call whose answer has no members.</summary>
    public async ValueTask CallAsync(KinesisOperation operation, string? arn, PooledBuffer body, CancellationToken cancellationToken)
    {
        using var call = CreateCall(operation, arn, KinesisWireFormat.Json, new CallBody(body));
        (await SendAsync(call, cancellationToken).ConfigureAwait(false)).Dispose();
    }

    /// <summary>A JSON call.</summary>
    public ValueTask<T> CallAsync<T>(KinesisOperation operation, string? arn, PooledBuffer body, BodyReader<T> read, CancellationToken cancellationToken) =>
        CallAsync(
            operation, arn, KinesisWireFormat.Json, body,
            response => response.Format == KinesisWireFormat.Json ? read(response.Body.WrittenSpan) : throw new FormatException("CBOR came where JSON was asked for"),
            cancellationToken);

    /// <summary>A call in either format. The reader may detach the body.</summary>
    public ValueTask<T> CallAsync<T>(
        KinesisOperation operation, string? arn, KinesisWireFormat format, PooledBuffer body, Reader<T> read, CancellationToken cancellationToken) =>
        CallAsync(operation, arn, format, new CallBody(body), read, cancellationToken);

    /// <summary>A call in either format, with payloads that belong to the caller. The reader may detach the answer's body.</summary>
    public async ValueTask<T> CallAsync<T>(
        KinesisOperation operation, string? arn, KinesisWireFormat format, CallBody body, Reader<T> read, CancellationToken cancellationToken)
    {
        using var call = CreateCall(operation, arn, format, body);
        using var response = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        try
        {
            return read(response);
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException or OverflowException)
        {
            throw new KinesisApiException(
                KinesisErrorKind.MalformedResponse, ErrorCatalogue.MalformedResponse,
                $"The answer of {operation.Name} at {call.Endpoint.Host} could not be read: {error.Message}{Hint(response.Format)}",
                response.Status, response.RequestId, error);
        }
    }

    /// <summary>A call whose answer is a stream of events; the caller disposes it.</summary>
    public async ValueTask<HttpResponseMessage> OpenAsync(KinesisOperation operation, string arn, PooledBuffer body, CancellationToken cancellationToken)
    {
        using var call = CreateCall(operation, arn, KinesisWireFormat.Json, new CallBody(body));
        return await sender.OpenAsync(call, cancellationToken).ConfigureAwait(false);
    }

    private static string Hint(KinesisWireFormat format) =>
        format == KinesisWireFormat.Cbor ? " If the server is not AWS, try Connection.WireFormat = Json." : "";

    private WireCall CreateCall(KinesisOperation operation, string? arn, KinesisWireFormat format, CallBody body)
    {
        try
        {
            return new(operation, endpoints.Resolve(arn, operation.IsData), format, body);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private ValueTask<WireResponse> SendAsync(WireCall call, CancellationToken cancellationToken)
    {
        var pipeline = retries.For(call.Operation.Retries);
        return ReferenceEquals(pipeline, ResiliencePipeline.Empty)
            ? sender.SendAsync(call, cancellationToken)
            : pipeline.ExecuteAsync(static (state, token) => state.sender.SendAsync(state.call, token), (sender, call), cancellationToken);
    }
}
