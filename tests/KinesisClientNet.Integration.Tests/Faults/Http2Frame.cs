using System.Buffers.Binary;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>The kinds of frames that matter here (RFC 9113 §6).</summary>
public enum Http2FrameType
{
    Data = 0,
    Headers = 1,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
}

/// <summary>The nine bytes before every frame's payload (RFC 9113 §4.1).</summary>
public readonly record struct Http2Frame(int Length, Http2FrameType Type, byte Flags, int StreamId)
{
    public const int HeaderBytes = 9;

    /// <summary>ACK on PING and SETTINGS, END_STREAM on HEADERS and DATA.</summary>
    private const byte LowestFlag = 1;

    /// <summary>Header and payload.</summary>
    public int TotalBytes => HeaderBytes + Length;

    /// <summary>Whether it answers a PING or SETTINGS frame.</summary>
    public bool IsAck => Type is Http2FrameType.Ping or Http2FrameType.Settings && (Flags & LowestFlag) != 0;

    /// <summary>Whether the sender says nothing more on the stream: a client's request is whole.</summary>
    public bool IsEndOfStream => Type is Http2FrameType.Headers or Http2FrameType.Data && (Flags & LowestFlag) != 0;

    public static Http2Frame Read(ReadOnlySpan<byte> header) => new(
        (header[0] << 16) | (header[1] << 8) | header[2], (Http2FrameType)header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue);

    public static byte[] GoAway(int lastStreamId, int errorCode)
    {
        var frame = Start(8, Http2FrameType.GoAway, 0);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(HeaderBytes), lastStreamId);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(HeaderBytes + 4), errorCode);
        return frame;
    }

    public static byte[] RstStream(int streamId, int errorCode)
    {
        var frame = Start(4, Http2FrameType.RstStream, streamId);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(HeaderBytes), errorCode);
        return frame;
    }

    public static byte[] Ping(long content)
    {
        var frame = Start(8, Http2FrameType.Ping, 0);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(HeaderBytes), content);
        return frame;
    }

    private static byte[] Start(int length, Http2FrameType type, int streamId)
    {
        var frame = new byte[HeaderBytes + length];
        frame[2] = (byte)length;
        frame[3] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        return frame;
    }
}
