using System.Buffers.Binary;
using System.Text;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Service.Cbor;

/// <summary>Writes CBOR (RFC 8949) in its shortest form. The caller keeps counts and nesting right; the tests check it against System.Formats.Cbor.</summary>
internal readonly ref struct CborSpanWriter(PooledBuffer buffer)
{
    public void WriteMapStart(int pairs) => WriteHead(CborMajor.Map, (ulong)pairs);

    public void WriteArrayStart(int items) => WriteHead(CborMajor.Array, (ulong)items);

    /// <summary>A map whose end is marked by <see cref="WriteBreak"/>.</summary>
    public void WriteIndefiniteMapStart() => WriteByte(0xBF);

    /// <summary>An array whose end is marked by <see cref="WriteBreak"/>.</summary>
    public void WriteIndefiniteArrayStart() => WriteByte(0x9F);

    public void WriteBreak() => WriteByte(0xFF);

    public void WriteNull() => WriteByte(0xF6);

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)0xF5 : (byte)0xF4);

    public void WriteInteger(long value) => WriteHead(value < 0 ? CborMajor.Negative : CborMajor.Unsigned, value < 0 ? (ulong)~value : (ulong)value);

    public void WriteDouble(double value)
    {
        var span = buffer.GetSpan(9);
        span[0] = 0xFB;
        BinaryPrimitives.WriteDoubleBigEndian(span[1..], value);
        buffer.Advance(9);
    }

    /// <summary>Tag 1 with integer milliseconds: the Kinesis dialect, not RFC 8949's seconds.</summary>
    public void WriteTimestamp(DateTimeOffset value)
    {
        WriteHead(CborMajor.Tag, 1);
        WriteInteger(value.ToUnixTimeMilliseconds());
    }

    public void WriteText(ReadOnlySpan<byte> utf8)
    {
        WriteHead(CborMajor.Text, (ulong)utf8.Length);
        buffer.Write(utf8);
    }

    public void WriteText(ReadOnlySpan<char> text)
    {
        if (text.Length <= 7)
        {
            // At most 21 bytes of UTF-8: the head is always one byte.
            var shortSpan = buffer.GetSpan(22);
            var shortLength = Encoding.UTF8.GetBytes(text, shortSpan[1..]);
            shortSpan[0] = (byte)(((int)CborMajor.Text << 5) | shortLength);
            buffer.Advance(1 + shortLength);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteHead(CborMajor.Text, (ulong)length);
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(length)));
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteHead(CborMajor.Bytes, (ulong)bytes.Length);
        buffer.Write(bytes);
    }

    /// <summary>The start of a byte string of a known length, whose content follows outside of the buffer.</summary>
    public void WriteBytesHead(int length) => WriteHead(CborMajor.Bytes, (ulong)length);

    /// <summary>The start of a text of a known number of UTF-8 bytes, which the caller writes into the buffer next.</summary>
    public void WriteTextHead(int utf8Length) => WriteHead(CborMajor.Text, (ulong)utf8Length);

    private void WriteByte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    private void WriteHead(CborMajor major, ulong value)
    {
        var span = buffer.GetSpan(9);
        var high = (int)major << 5;
        switch (value)
        {
            case < 24:
                span[0] = (byte)(high | (int)value);
                buffer.Advance(1);
                break;
            case <= byte.MaxValue:
                span[0] = (byte)(high | 24);
                span[1] = (byte)value;
                buffer.Advance(2);
                break;
            case <= ushort.MaxValue:
                span[0] = (byte)(high | 25);
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)value);
                buffer.Advance(3);
                break;
            case <= uint.MaxValue:
                span[0] = (byte)(high | 26);
                BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)value);
                buffer.Advance(5);
                break;
            default:
                span[0] = (byte)(high | 27);
                BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
                buffer.Advance(9);
                break;
        }
    }
}
