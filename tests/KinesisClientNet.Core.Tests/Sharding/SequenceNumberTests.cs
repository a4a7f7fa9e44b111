using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class SequenceNumberTests
{
    /// <summary>Digits of every length that the API allows, with the lengths around the packing limit drawn often.</summary>
    private static readonly Gen<string> Digits = Gen.Char['0', '9'].Array[Gen.OneOf(Gen.Int[1, 129], Gen.Int[55, 60])].Select(d => new string(d));

    [Fact]
    public void Text_survives_the_round_trip_without_leading_zeros() => Digits.Sample(text =>
    {
        var number = SequenceNumber.Parse(text);
        var expected = BigInteger.Parse(text, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

        Assert.Equal(expected, number.ToString());
        Assert.Equal(expected, $"{number}");
        Assert.True(SequenceNumber.TryParse(Encoding.UTF8.GetBytes(text), out var fromUtf8));
        Assert.Equal(number, fromUtf8);
    });

    [Fact]
    public void Order_and_equality_are_those_of_the_numbers() => Gen.Select(Digits, Digits, Gen.Bool).Sample((left, right, same) =>
    {
        right = same ? "0" + left[..Math.Min(left.Length, 128)] : right;
        left = same ? left[..Math.Min(left.Length, 128)] : left;
        var expected = Math.Sign(BigInteger.Parse(left, CultureInfo.InvariantCulture).CompareTo(BigInteger.Parse(right, CultureInfo.InvariantCulture)));
        var (a, b) = (SequenceNumber.Parse(left), SequenceNumber.Parse(right));

        Assert.Equal(expected, Math.Sign(a.CompareTo(b)));
        Assert.Equal(expected == 0, a == b);
        Assert.Equal(expected != 0, a != b);
        Assert.Equal(expected < 0, a < b);
        Assert.Equal(expected > 0, a > b);
        Assert.Equal(expected <= 0, a <= b);
        Assert.Equal(expected >= 0, a >= b);
        Assert.True(expected != 0 || a.GetHashCode() == b.GetHashCode());
    });

    [Fact]
    public void Bits_become_the_same_number() => Gen.Select(Gen.ULong, Gen.ULong, Gen.ULong).Sample((high, middle, low) =>
        Assert.Equal(
            ((((BigInteger)high << 64) + middle) << 64) + low,
            BigInteger.Parse(SequenceNumber.FromBits(high, new UInt128(middle, low)).ToString(), CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1e5")]
    [InlineData("٣")]
    [InlineData("TRIM_HORIZON")]
    public void Text_that_is_no_number_is_refused(string text)
    {
        Assert.False(SequenceNumber.TryParse(text, out _));
        Assert.False(SequenceNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Throws<FormatException>(() => SequenceNumber.Parse(text));
    }

    [Fact]
    public void Text_longer_than_the_api_allows_is_refused()
    {
        Assert.True(SequenceNumber.TryParse(new string('9', 129), out _));
        Assert.False(SequenceNumber.TryParse(new string('9', 130), out _));
        Assert.False(SequenceNumber.TryParse(Enumerable.Repeat((byte)'9', 130).ToArray(), out _));
    }

    [Fact]
    public void Formatting_into_a_short_buffer_fails_and_into_an_exact_one_succeeds()
    {
        const string Text = "49600871682957036442365024926191073437251060580128653314";
        var number = SequenceNumber.Parse(Text);
        Span<char> chars = stackalloc char[56];
        Span<byte> bytes = stackalloc byte[56];

        Assert.False(number.TryFormat(chars[..55], out _, default, null));
        Assert.False(number.TryFormat(bytes[..55], out _, default, null));
        Assert.True(number.TryFormat(chars, out var charsWritten, default, null));
        Assert.True(number.TryFormat(bytes, out var bytesWritten, default, null));
        Assert.Equal(Text, new string(chars[..charsWritten]));
        Assert.Equal(Text, Encoding.UTF8.GetString(bytes[..bytesWritten]));
    }

    [Fact]
    public void Default_is_zero() => Assert.Equal("0", default(SequenceNumber).ToString());

    [Fact]
    public void Parsing_and_comparing_a_service_number_allocates_nothing()
    {
        const string Text = "49600871682957036442365024926191073437251060580128653314";
        var equal = 0;
        for (var i = 0; i < 2; i++)
            equal += SequenceNumber.Parse(Text).CompareTo(SequenceNumber.Parse(Text));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            equal += SequenceNumber.Parse(Text).CompareTo(SequenceNumber.Parse(Text));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, equal);
    }
}
