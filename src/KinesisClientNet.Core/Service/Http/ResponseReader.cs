using System.Net.Http.Headers;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Reads answers into pooled memory, asynchronously and bounded.</summary>
internal static class ResponseReader
{
    /// <summary>GetRecords answers at most 10 MiB of data, 14 MiB as base64; some emulators have no limit. What is larger is refused.</summary>
    public const int MaxBodyBytes = 64 * 1024 * 1024;

    /// <summary>First guess where the server does not say.</summary>
    private const int ChunkBytes = 16 * 1024;

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="FormatException">The body is larger than <see cref="MaxBodyBytes"/>.</exception>
    public static async ValueTask<PooledBuffer> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var announced = content.Headers.ContentLength;
        if (announced > MaxBodyBytes)
            throw new FormatException($"the body has {announced} bytes, more than {MaxBodyBytes}");
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var body = new PooledBuffer((int)(announced ?? ChunkBytes));
        try
        {
            while (announced is null || body.Length < announced)
            {
                var room = body.GetMemory(announced is null ? ChunkBytes : 1);
                var read = await stream.ReadAsync(room, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                body.Advance(read);
                if (body.Length > MaxBodyBytes)
                    throw new FormatException($"the body has more than {MaxBodyBytes} bytes");
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>The dialect that a content type names; JSON unless it says CBOR.</summary>
    public static KinesisWireFormat FormatOf(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Type", out var values)
        && values.ToString().Contains("cbor", StringComparison.OrdinalIgnoreCase) ? KinesisWireFormat.Cbor : KinesisWireFormat.Json;

    /// <summary>One header's text, or null.</summary>
    public static string? Header(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count > 0 ? values.ToString() : null;
}
