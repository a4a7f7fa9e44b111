using System.Buffers;
using System.Security.Cryptography;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>
/// The bytes of a request: a frame of its own, and in it payloads that stay where the caller has them until the call ends. So a call of 5 MB needs
/// no 8 MB array of its own, and each payload is copied in small steps on its way into the socket. Owns the frame. Not thread-safe while it is built.
/// </summary>
/// <param name="frame">Everything but the borrowed payloads.</param>
internal sealed class CallBody(PooledBuffer frame) : IDisposable
{
    /// <summary>Smaller payloads are copied into the frame: a part costs about as much as copying this many bytes.</summary>
    public const int LeastBorrowed = 1024;

    /// <summary>Small enough for the caches, large enough for whole TLS records (16 KiB) and few writes.</summary>
    private const int StepBytes = 64 * 1024;

    private List<Part>? _parts;
    private int _borrowedBytes;

    public PooledBuffer Frame { get; } = frame;

    public int Length => Frame.Length + _borrowedBytes;

    /// <summary>Adds a payload after what the frame holds now.</summary>
    /// <param name="payload">Must stay as it is until the call ends.</param>
    public void Borrow(ReadOnlyMemory<byte> payload)
    {
        (_parts ??= []).Add(new(Frame.Length, payload));
        _borrowedBytes = checked(_borrowedBytes + payload.Length);
    }

    /// <summary>Lower-case hex SHA-256 of all bytes.</summary>
    public string Hash()
    {
        if (_parts is null)
            return RequestSigner.HashBody(Frame.WrittenSpan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = 0;
        foreach (var part in _parts)
        {
            hash.AppendData(Frame.WrittenSpan[at..part.At]);
            hash.AppendData(part.Payload.Span);
            at = part.At;
        }

        hash.AppendData(Frame.WrittenSpan[at..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>The same bytes in memory of their own, which does not go back to the pool when this body does.</summary>
    public CallBody Copy()
    {
        var all = new PooledBuffer(Length);
        var at = 0;
        foreach (var part in _parts ?? [])
        {
            all.Write(Frame.WrittenSpan[at..part.At]);
            all.Write(part.Payload.Span);
            at = part.At;
        }

        all.Write(Frame.WrittenSpan[at..]);
        return new(all);
    }

    /// <summary>Writes all bytes, as often as need be.</summary>
    public Task WriteToAsync(Stream stream, CancellationToken cancellationToken) => _parts is null
        ? stream.WriteAsync(Frame.WrittenMemory, cancellationToken).AsTask()
        : WritePartsAsync(_parts, stream, cancellationToken);

    public void Dispose() => Frame.Dispose();

    private async Task WritePartsAsync(List<Part> parts, Stream stream, CancellationToken cancellationToken)
    {
        var step = ArrayPool<byte>.Shared.Rent(StepBytes);
        try
        {
            var (filled, at) = (0, 0);
            foreach (var part in parts)
            {
                filled = await StepAsync(Frame.WrittenMemory[at..part.At], filled).ConfigureAwait(false);
                filled = await StepAsync(part.Payload, filled).ConfigureAwait(false);
                at = part.At;
            }

            filled = await StepAsync(Frame.WrittenMemory[at..], filled).ConfigureAwait(false);
            await stream.WriteAsync(step.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(step);
        }

        async ValueTask<int> StepAsync(ReadOnlyMemory<byte> bytes, int filled)
        {
            while (bytes.Length > 0)
            {
                var count = Math.Min(bytes.Length, StepBytes - filled);
                bytes.Span[..count].CopyTo(step.AsSpan(filled));
                (filled, bytes) = (filled + count, bytes[count..]);
                if (filled < StepBytes)
                    continue;
                await stream.WriteAsync(step.AsMemory(0, filled), cancellationToken).ConfigureAwait(false);
                filled = 0;
            }

            return filled;
        }
    }

    /// <summary>A payload, and how much of the frame stands before it.</summary>
    private readonly record struct Part(int At, ReadOnlyMemory<byte> Payload);
}
