using System.Formats.Cbor;
using CsCheck;
using KinesisClientNet.Core.Service.Cbor;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Tests.Service.Cbor;

public sealed class CborSpanWriterTests
{
    [Fact]
    public void Every_item_is_written_as_the_library_writes_it()
    {
        var items =
            from number in Gen.Long
            from small in Gen.Int[0, 70_000]
            from text in Gen.String[0, 40]
            from bytes in Gen.Byte.Array[0, 300]
            from fraction in Gen.Double
            from flag in Gen.Bool
            select (number, small, text, bytes, fraction, flag);
        items.Sample(item =>
        {
            using var buffer = new PooledBuffer(16);
            var ours = new CborSpanWriter(buffer);
            ours.WriteArrayStart(8);
            ours.WriteInteger(item.number);
            ours.WriteInteger(item.small);
            ours.WriteText(item.text);
            ours.WriteBytes(item.bytes);
            ours.WriteDouble(item.fraction);
            ours.WriteBoolean(item.flag);
            ours.WriteNull();
            ours.WriteMapStart(1);
            ours.WriteText("key"u8);
            ours.WriteTimestamp(DateTimeOffset.FromUnixTimeMilliseconds(item.small));

            Assert.Equal(Expected(item.number, item.small, item.text, item.bytes, item.fraction, item.flag), buffer.WrittenSpan.ToArray());
        });
    }

    [Fact]
    public void Indefinite_containers_end_with_a_break()
    {
        using var buffer = new PooledBuffer();
        var writer = new CborSpanWriter(buffer);
        writer.WriteIndefiniteMapStart();
        writer.WriteText("list"u8);
        writer.WriteIndefiniteArrayStart();
        writer.WriteInteger(1);
        writer.WriteBreak();
        writer.WriteBreak();

        Assert.Equal("BF646C6973749F01FFFF", Convert.ToHexString(buffer.WrittenSpan));
    }

    private static byte[] Expected(long number, int small, string text, byte[] bytes, double fraction, bool flag)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartArray(8);
        writer.WriteInt64(number);
        writer.WriteInt32(small);
        // Lone surrogates become the replacement character, as in the hash of a partition key.
        writer.WriteTextString(System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)));
        writer.WriteByteString(bytes);
        // The library shortens floats; ours keeps eight bytes, which every reader takes.
        writer.WriteEncodedValue(Double(fraction));
        writer.WriteBoolean(flag);
        writer.WriteNull();
        writer.WriteStartMap(1);
        writer.WriteTextString("key");
        writer.WriteTag(CborTag.UnixTimeSeconds);
        writer.WriteInt32(small);
        writer.WriteEndMap();
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] Double(double value)
    {
        var encoded = new byte[9];
        encoded[0] = 0xFB;
        System.Buffers.Binary.BinaryPrimitives.WriteDoubleBigEndian(encoded.AsSpan(1), value);
        return encoded;
    }
}
