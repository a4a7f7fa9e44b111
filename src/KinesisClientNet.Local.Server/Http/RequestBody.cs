using System.IO.Pipelines;
using KinesisClientNet.Core.Service.Http;
using Microsoft.AspNetCore.Http;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>Reads a request body into one pooled buffer, so that its payloads can be sliced.</summary>
internal static class RequestBody
{
    /// <summary>The room to begin with when the client does not tell the length.</summary>
    private const int UnknownLength = 16 * 1024;

    /// <summary>The body, which the caller disposes; null when it is longer than allowed.</summary>
    public static async ValueTask<PooledBuffer?> ReadAsync(HttpRequest request, int mostBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > mostBytes)
            return null;
        var body = new PooledBuffer((int)(request.ContentLength ?? UnknownLength));
        try
        {
            var isWhole = await TryFillAsync(request.BodyReader, body, mostBytes, cancellationToken).ConfigureAwait(false);
            return isWhole ? body : Dispose(body);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static async ValueTask<bool> TryFillAsync(PipeReader reader, PooledBuffer body, int mostBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var segment in read.Buffer)
            {
                if (body.Length + segment.Length > mostBytes)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    return false;
                }

                body.Write(segment.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return true;
        }
    }

    private static PooledBuffer? Dispose(PooledBuffer body)
    {
        body.Dispose();
        return null;
    }
}
