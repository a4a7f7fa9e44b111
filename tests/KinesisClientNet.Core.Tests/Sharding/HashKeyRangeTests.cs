using System.Numerics;
using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class HashKeyRangeTests
{
    [Fact]
    public void Even_split_has_the_width_of_the_service() => Gen.Int[1, 10_000].Sample(count =>
    {
        var width = BigInteger.Pow(2, 128) / count;

        var ranges = HashKeyRange.SplitEvenly(count);

        Assert.Equal(count, ranges.Length);
        Assert.Equal(UInt128.Zero, ranges[0].Start);
        Assert.Equal(UInt128.MaxValue, ranges[^1].End);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(width * i, ranges[i].Start);
            if (i > 0)
                Assert.Equal(ranges[i - 1].End + 1, ranges[i].Start);
        }
    }, iter: 60);

    [Fact]
    public void Even_split_into_three_has_the_documented_ends()
    {
        var ranges = HashKeyRange.SplitEvenly(3);

        Assert.Equal("0..113427455640312821154458202477256070484", ranges[0].ToString());
        Assert.Equal("113427455640312821154458202477256070485..226854911280625642308916404954512140969", ranges[1].ToString());
    }

    [Fact]
    public void Even_split_into_one_is_the_whole_space() => Assert.Equal([HashKeyRange.Full], HashKeyRange.SplitEvenly(1));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Even_split_refuses_a_count_below_one(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HashKeyRange.SplitEvenly(count));

    [Fact]
    public void Both_ends_belong_to_a_range()
    {
        var range = new HashKeyRange(5, 9);

        Assert.True(range.Contains(5));
        Assert.True(range.Contains(9));
        Assert.False(range.Contains(4));
        Assert.False(range.Contains(10));
        Assert.True(range.Overlaps(new(9, 20)));
        Assert.False(range.Overlaps(new(10, 20)));
    }
}
