using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>
/// Decodes <c>application/vnd.amazon.eventstream</c> from untrusted memory, message by message. The prelude's checksum is checked before its
/// lengths are believed, and the lengths are capped: a broken stream is a <see cref="FormatException"/>, never a large allocation. After an
/// error the stream cannot be picked up again.
/// </summary>
internal static class EventStreamDecoder
{
    /// <summary>Takes one whole message off the buffer's start.</summary>
    /// <param name="buffer">What is there; moved behind the message.</param>
    /// <param name="message">The message.</param>
    /// <returns>False when the message is not there as a whole yet.</returns>
    /// <exception cref="FormatException">Checksum, lengths or headers are wrong.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out EventStreamMessage message)
    {
        message = default;
        if (buffer.Length < EventStreamFormat.PreludeLength)
            return false;
        Span<byte> prelude = stackalloc byte[EventStreamFormat.PreludeLength];
        buffer.Slice(0, EventStreamFormat.PreludeLength).CopyTo(prelude);
        var (total, headers) = ReadPrelude(prelude);
        if (buffer.Length < total)
            return false;

        var whole = buffer.Slice(0, total);
        CheckMessage(whole, total);
        var payload = whole.Slice(EventStreamFormat.PreludeLength + headers, total - headers - EventStreamFormat.Overhead);
        message = ReadHeaders(whole.Slice(EventStreamFormat.PreludeLength, headers), payload);
        buffer = buffer.Slice(total);
        return true;
    }

    /// <summary>How many bytes the message has that begins with the given prelude.</summary>
    /// <exception cref="FormatException">Its checksum or lengths are wrong.</exception>
    public static int ReadLength(ReadOnlySpan<byte> prelude) => ReadPrelude(prelude).Total;

    private static (int Total, int Headers) ReadPrelude(ReadOnlySpan<byte> prelude)
    {
        if (Crc32.HashToUInt32(prelude[..8]) != BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]))
            throw new FormatException("the event stream's prelude fails its checksum");
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        if (total is < EventStreamFormat.Overhead or > EventStreamFormat.MaxMessageBytes
            || headers > EventStreamFormat.MaxHeadersBytes || headers > total - EventStreamFormat.Overhead)
            throw new FormatException($"the event stream announces a message of {total} bytes with {headers} bytes of headers");
        return ((int)total, (int)headers);
    }

    private static void CheckMessage(ReadOnlySequence<byte> whole, int total)
    {
        uint actual;
        if (whole.IsSingleSegment)
        {
            actual = Crc32.HashToUInt32(whole.FirstSpan[..(total - 4)]);
        }
        else
        {
            var crc = new Crc32();
            foreach (var segment in whole.Slice(0, total - 4))
                crc.Append(segment.Span);
            actual = crc.GetCurrentHashAsUInt32();
        }

        Span<byte> expected = stackalloc byte[4];
        whole.Slice(total - 4).CopyTo(expected);
        if (actual != BinaryPrimitives.ReadUInt32BigEndian(expected))
            throw new FormatException("a message of the event stream fails its checksum");
    }

    private static EventStreamMessage ReadHeaders(ReadOnlySequence<byte> headers, ReadOnlySequence<byte> payload)
    {
        if (headers.IsSingleSegment)
            return EventStreamHeaders.Read(headers.FirstSpan, payload);
        var length = (int)headers.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            headers.CopyTo(rented);
            return EventStreamHeaders.Read(rented.AsSpan(0, length), payload);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
