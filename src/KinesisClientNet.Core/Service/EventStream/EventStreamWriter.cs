using System.Buffers.Binary;
using System.IO.Hashing;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>
/// Writes one message of <c>application/vnd.amazon.eventstream</c>: u32 total length, u32 headers length, u32 CRC of these eight bytes,
/// headers, payload, u32 CRC of all before it (kinesis-service reference, event-stream framing). Used by servers and tests.
/// </summary>
internal static class EventStreamWriter
{
    private const byte StringType = 7;

    /// <summary>Appends a message whose headers are all strings.</summary>
    public static void Write(PooledBuffer into, ReadOnlySpan<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> payload)
    {
        using var headerBytes = new PooledBuffer();
        foreach (var (name, value) in headers)
            WriteHeader(headerBytes, name, value);

        var total = checked(EventStreamFormat.Overhead + headerBytes.Length + payload.Length);
        var message = into.GetSpan(total)[..total];
        BinaryPrimitives.WriteInt32BigEndian(message, total);
        BinaryPrimitives.WriteInt32BigEndian(message[4..], headerBytes.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], Crc32.HashToUInt32(message[..8]));
        headerBytes.WrittenSpan.CopyTo(message[EventStreamFormat.PreludeLength..]);
        payload.CopyTo(message[(EventStreamFormat.PreludeLength + headerBytes.Length)..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[(total - 4)..], Crc32.HashToUInt32(message[..(total - 4)]));
        into.Advance(total);
    }

    /// <summary>Appends an event message with the three headers that Kinesis sends, in its order.</summary>
    public static void WriteEvent(PooledBuffer into, string eventType, ReadOnlySpan<byte> payload) => Write(
        into,
        [new(":event-type", eventType), new(":content-type", "application/x-amz-json-1.1"), new(":message-type", "event")],
        payload);

    /// <summary>Appends a modelled error.</summary>
    public static void WriteException(PooledBuffer into, string exceptionType, ReadOnlySpan<byte> payload) => Write(
        into,
        [new(":exception-type", exceptionType), new(":content-type", "application/x-amz-json-1.1"), new(":message-type", "exception")],
        payload);

    private static void WriteHeader(PooledBuffer into, string name, string value)
    {
        var nameLength = System.Text.Encoding.UTF8.GetByteCount(name);
        var valueLength = System.Text.Encoding.UTF8.GetByteCount(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameLength, byte.MaxValue, nameof(name));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(valueLength, short.MaxValue, nameof(value));
        var span = into.GetSpan(1 + nameLength + 3 + valueLength);
        span[0] = (byte)nameLength;
        System.Text.Encoding.UTF8.GetBytes(name, span[1..]);
        span[1 + nameLength] = StringType;
        BinaryPrimitives.WriteUInt16BigEndian(span[(2 + nameLength)..], (ushort)valueLength);
        System.Text.Encoding.UTF8.GetBytes(value, span[(4 + nameLength)..]);
        into.Advance(4 + nameLength + valueLength);
    }
}
