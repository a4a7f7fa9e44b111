using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>Reads a message's headers: u8 name length, name, u8 type, value. Unknown names are skipped, unknown types are an error.</summary>
internal static class EventStreamHeaders
{
    private const byte StringType = 7;

    public static EventStreamMessage Read(ReadOnlySpan<byte> headers, ReadOnlySequence<byte> payload)
    {
        var type = EventStreamMessageType.Event;
        string? name = null, errorMessage = null;
        while (!headers.IsEmpty)
        {
            var key = Take(ref headers, Take(ref headers, 1)[0]);
            var kind = Take(ref headers, 1)[0];
            var value = Take(ref headers, ValueLength(ref headers, kind));
            if (kind != StringType)
                continue;
            if (key.SequenceEqual(":message-type"u8))
                type = TypeOf(value);
            else if (key.SequenceEqual(":event-type"u8) || key.SequenceEqual(":exception-type"u8) || key.SequenceEqual(":error-code"u8))
                name = NameOf(value);
            else if (key.SequenceEqual(":error-message"u8))
                errorMessage = Encoding.UTF8.GetString(value);
        }

        return new(type, name ?? "", errorMessage, payload);
    }

    private static EventStreamMessageType TypeOf(ReadOnlySpan<byte> value)
    {
        if (value.SequenceEqual("event"u8))
            return EventStreamMessageType.Event;
        if (value.SequenceEqual("exception"u8))
            return EventStreamMessageType.Exception;
        return value.SequenceEqual("error"u8)
            ? EventStreamMessageType.Error
            : throw new FormatException("a message of the event stream is neither event, exception nor error");
    }

    /// <summary>The two names that come all the time cost no string.</summary>
    private static string NameOf(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("SubscribeToShardEvent"u8) ? "SubscribeToShardEvent"
        : value.SequenceEqual("initial-response"u8) ? "initial-response"
        : Encoding.UTF8.GetString(value);

    private static int ValueLength(ref ReadOnlySpan<byte> headers, byte kind) => kind switch
    {
        0 or 1 => 0, // true, false
        2 => 1,
        3 => 2,
        4 => 4,
        5 or 8 => 8, // int64, timestamp
        6 or StringType => BinaryPrimitives.ReadUInt16BigEndian(Take(ref headers, 2)),
        9 => 16, // uuid
        _ => throw new FormatException($"a header of the event stream has the unknown type {kind}"),
    };

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int length)
    {
        if (length > from.Length)
            throw new FormatException("a header of the event stream is cut off");
        var taken = from[..length];
        from = from[length..];
        return taken;
    }
}
