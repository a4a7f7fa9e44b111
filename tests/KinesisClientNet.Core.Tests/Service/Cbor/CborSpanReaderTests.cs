using System.Formats.Cbor;
using CsCheck;
using KinesisClientNet.Core.Service.Cbor;

namespace KinesisClientNet.Core.Tests.Service.Cbor;

public sealed class CborSpanReaderTests
{
    [Fact]
    public void Any_document_is_skipped_to_its_last_byte() => CborDocuments.Any.Sample(document =>
    {
        var reader = new CborSpanReader(document);
        reader.Skip();
        Assert.Equal(document.Length, reader.Position);
    });

    [Fact]
    public void A_cut_document_is_a_format_error() => CborDocuments.Any.Sample(document =>
    {
        for (var length = 0; length < Math.Min(document.Length, 200); length++)
            Assert.Throws<FormatException>(() => Skip(document[..length]));
    }, iter: 100);

    [Fact]
    public void Random_bytes_are_read_or_refused_and_never_anything_else() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        try
        {
            Skip(bytes);
        }
        catch (FormatException)
        {
            // The one allowed failure.
        }
    });

    [Fact]
    public void Integers_agree_with_the_library() => Gen.Long.Sample(value =>
    {
        var writer = new CborWriter();
        writer.WriteInt64(value);
        Assert.Equal(value, new CborSpanReader(writer.Encode()).ReadInt64());
    });

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(1.9, 1)]
    [InlineData(-1.9, -1)]
    [InlineData(1700000000.123, 1700000000)]
    public void A_float_in_an_integers_place_is_cut(double written, long expected)
    {
        var writer = new CborWriter();
        writer.WriteDouble(written);
        Assert.Equal(expected, new CborSpanReader(writer.Encode()).ReadInt64());
    }

    [Theory]
    [InlineData("f93c00", 1.0)]      // half
    [InlineData("fa3fc00000", 1.5)]  // single
    [InlineData("fb3ff8000000000000", 1.5)]
    [InlineData("c118ff", 255.0)]    // tag 1
    [InlineData("c1c118ff", 255.0)]  // tags in tags
    [InlineData("20", -1.0)]
    public void Numbers_come_in_every_shape(string hex, double expected) =>
        Assert.Equal(expected, new CborSpanReader(Convert.FromHexString(hex)).ReadNumber());

    [Theory]
    [InlineData("5bffffffffffffffff", "byte string of 2^64-1 bytes")]
    [InlineData("7affffffff", "text of 2^32-1 bytes")]
    [InlineData("9bffffffffffffffff", "array of 2^64-1 items")]
    [InlineData("bb7fffffffffffffff", "map of 2^63-1 pairs")]
    [InlineData("9a7fffffff0102", "array of 2^31-1 items with two there")]
    [InlineData("1c", "reserved length")]
    [InlineData("ff", "break outside")]
    [InlineData("5f6161ff", "text chunk in a byte string")]
    [InlineData("5f5fffff", "chunk of indefinite length")]
    [InlineData("c1", "tag without a value")]
    public void What_the_input_merely_claims_is_refused(string hex, string because) =>
        Assert.True(Record.Exception(() => Skip(Convert.FromHexString(hex))) is FormatException, because);

    [Fact]
    public void Nesting_has_a_limit()
    {
        var deep = Enumerable.Repeat((byte)0x81, 100_000).Append((byte)0x00).ToArray();
        var error = Assert.Throws<FormatException>(() => Skip(deep));
        Assert.Contains("deeper", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_in_chunks_is_joined()
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartIndefiniteLengthTextString();
        writer.WriteTextString("Kin");
        writer.WriteTextString("");
        writer.WriteTextString("esis");
        writer.WriteEndIndefiniteLengthTextString();

        Assert.Equal("Kinesis", new CborSpanReader(writer.Encode()).ReadTextAsString());
    }

    [Fact]
    public void A_string_says_where_it_stands()
    {
        var reader = new CborSpanReader([0x82, 0x43, 1, 2, 3, 0x5F, 0x41, 9, 0xFF]);
        var array = reader.ReadArrayStart();
        Assert.True(reader.MoveNext(ref array));
        Assert.Equal(3, reader.ReadString(CborMajor.Bytes, out var offset).Length);
        Assert.Equal(2, offset);
        Assert.True(reader.MoveNext(ref array));
        Assert.Equal(9, reader.ReadString(CborMajor.Bytes, out offset)[0]);
        Assert.Equal(-1, offset);
        Assert.False(reader.MoveNext(ref array));
    }

    [Fact]
    public void Booleans_and_nulls_are_told_apart()
    {
        var reader = new CborSpanReader([0xF5, 0xF4, 0xF6, 0xF7, 0x00]);
        Assert.True(reader.ReadBoolean());
        Assert.False(reader.ReadBoolean());
        Assert.True(reader.TryReadNull());
        Assert.True(reader.TryReadNull());
        Assert.False(reader.TryReadNull());
        Assert.Throws<FormatException>(() => new CborSpanReader([0xF6]).ReadBoolean());
    }

    private static void Skip(byte[] document) => new CborSpanReader(document).Skip();
}
