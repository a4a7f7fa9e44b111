using System.Net;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>The body of one attempt. It remembers whether any of it was asked for: if not, nothing can have been applied.</summary>
internal sealed class RequestBody(CallBody body) : HttpContent
{
    private int _started;

    /// <summary>True once the body began to go out.</summary>
    public bool Started => Volatile.Read(ref _started) != 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _started, 1);
        return body.WriteToAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
