namespace KinesisClientNet.Core.Service.Http;

/// <summary>A whole answer in pooled memory. Dispose it unless its body was handed on with <see cref="DetachBody"/>.</summary>
internal sealed class WireResponse(int status, KinesisWireFormat format, string? requestId, PooledBuffer body) : IDisposable
{
    private PooledBuffer? _body = body;

    public int Status { get; } = status;

    /// <summary>The dialect of the body, by its content type.</summary>
    public KinesisWireFormat Format { get; } = format;

    public string? RequestId { get; } = requestId;

    public PooledBuffer Body => _body ?? throw new ObjectDisposedException(nameof(WireResponse));

    /// <summary>Hands the body's memory to its new owner.</summary>
    public PooledBuffer DetachBody() => Interlocked.Exchange(ref _body, null) ?? throw new ObjectDisposedException(nameof(WireResponse));

    public void Dispose() => Interlocked.Exchange(ref _body, null)?.Dispose();
}
