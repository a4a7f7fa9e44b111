using System.Numerics;
using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class ExtendedSequenceNumberTests
{
    private static readonly Gen<ExtendedSequenceNumber> Positions = Gen.OneOf(
        Gen.Const(ExtendedSequenceNumber.TrimHorizon),
        Gen.Const(ExtendedSequenceNumber.Latest),
        Gen.Const(ExtendedSequenceNumber.AtTimestamp),
        Gen.Const(ExtendedSequenceNumber.ShardEnd),
        Gen.Select(Gen.ULong[0, 3], Gen.ULong[0, 3], Gen.Long[0, 3], (high, low, sub) => new ExtendedSequenceNumber(SequenceNumber.FromBits(high, low), sub)));

    /// <summary>A number for each position whose order is the wanted one.</summary>
    private static (int Rank, BigInteger Number, long Sub) Key(ExtendedSequenceNumber position) => position.CheckpointText switch
    {
        "AT_TIMESTAMP" => (0, 0, 0),
        "TRIM_HORIZON" => (1, 0, 0),
        "LATEST" => (2, 0, 0),
        "SHARD_END" => (4, 0, 0),
        var number => (3, BigInteger.Parse(number, null), position.SubSequenceNumber),
    };

    [Fact]
    public void Order_is_at_timestamp_trim_horizon_latest_numbers_shard_end() => Gen.Select(Positions, Positions).Sample((a, b) =>
    {
        var expected = Math.Sign(Key(a).CompareTo(Key(b)));

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
    public void Checkpoint_attributes_survive_the_round_trip() => Positions.Sample(position =>
    {
        Assert.True(ExtendedSequenceNumber.TryParse(position.CheckpointText, position.SubSequenceNumber, out var read));
        Assert.Equal(position, read);
    });

    [Theory]
    [InlineData("", 0)]
    [InlineData("trim_horizon", 0)]
    [InlineData("LATEST ", 0)]
    [InlineData("12x", 0)]
    [InlineData("12", -1)]
    public void Attributes_that_are_no_position_are_refused(string checkpoint, long subSequenceNumber) =>
        Assert.False(ExtendedSequenceNumber.TryParse(checkpoint, subSequenceNumber, out _));

    [Fact]
    public void Negative_place_in_an_aggregate_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExtendedSequenceNumber(default, -1));

    [Fact]
    public void Default_is_trim_horizon() => Assert.Equal(ExtendedSequenceNumber.TrimHorizon, default);

    [Fact]
    public void Text_shows_the_place_in_an_aggregate_only_where_there_is_one()
    {
        Assert.Equal("7/3", new ExtendedSequenceNumber(SequenceNumber.Parse("7"), 3).ToString());
        Assert.Equal("7", new ExtendedSequenceNumber(SequenceNumber.Parse("7")).ToString());
        Assert.Equal("SHARD_END", ExtendedSequenceNumber.ShardEnd.ToString());
    }
}
