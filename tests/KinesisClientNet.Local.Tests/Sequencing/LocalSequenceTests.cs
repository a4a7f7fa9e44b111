using System.Globalization;
using CsCheck;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Sequencing;

namespace KinesisClientNet.Local.Tests.Sequencing;

public class LocalSequenceTests
{
    [Theory]
    [InlineData(1_700_000_000, 0, 0, 0, "49646437577108476416916876405825929425585429676275269634")]
    [InlineData(1_700_000_000, 0, 1, 5, "49646437577108476416916876405827138351405044649047359490")]
    [InlineData(1_700_000_000, 17, 1, 5, "49646437577130777162115407028968674069677693010553340178")]
    [InlineData(1_700_000_000, 0, LocalSequence.EndCounter, 60, "49646437577119626789516141717395488358902143351022157826")]
    public void Number_is_composed_as_the_service_lays_it_out(long created, int shard, long counter, long later, string expected)
    {
        var number = new LocalSequence(created, shard, counter, created + later).Compose();

        Assert.Equal(expected, number.ToString());
    }

    [Theory]
    [InlineData("49600871682957036442365024926191073437251060580128653314", "2019-10-28T21:12:45Z", 0, 0, "2019-10-28T21:12:45Z")]
    [InlineData("49600871682979337187563555549332609155523708941634633746", "2019-10-28T21:12:45Z", 1, 0, "2019-10-28T21:12:45Z")]
    [InlineData("49546986683135544286507457936321625675700192471156785154", "2015-01-14T23:47:10Z", 0, 469, "2015-01-14T23:49:46Z")]
    [InlineData("49590338271490256608559692538361571095921575989136588898", "2018-11-21T04:57:38Z", 6, 1_734_642_199, "2018-12-17T22:10:50Z")]
    public void Number_of_the_real_service_is_taken_apart(string text, string created, int shard, long counter, string time)
    {
        Assert.True(LocalSequence.TryDecode(SequenceNumber.Parse(text), out var parts));

        Assert.Equal(new(Seconds(created), shard, counter, Seconds(time)), parts);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("49646437577108476416916876405825929425585429676275269633")] // version 1
    [InlineData("59646437577108476416916876405825929425585429676275269634")]
    [InlineData("999999999999999999999999999999999999999999999999999999999999999999999")]
    public void Number_of_another_layout_is_refused(string text) => Assert.False(LocalSequence.TryDecode(SequenceNumber.Parse(text), out _));

    [Fact]
    public void Numbers_round_trip_and_sort_by_creation_then_counter() =>
        Parts.Select(Parts).Sample((a, b) =>
        {
            Assert.True(LocalSequence.TryDecode(a.Compose(), out var decoded));
            Assert.Equal(a, decoded);
            if ((a.CreateSeconds, a.ShardIndex, a.Counter) != (b.CreateSeconds, b.ShardIndex, b.Counter) && (a.ShardIndex & 0xF) == (b.ShardIndex & 0xF))
            {
                var order = a.CreateSeconds != b.CreateSeconds ? a.CreateSeconds.CompareTo(b.CreateSeconds) : a.Counter.CompareTo(b.Counter);
                if (order != 0)
                    Assert.Equal(Math.Sign(order), Math.Sign(a.Compose().CompareTo(b.Compose())));
            }
        });

    private static readonly Gen<LocalSequence> Parts = Gen.Select(
        Gen.Long[0, 16_025_174_999], Gen.Int[0, int.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, 16_025_174_999],
        static (created, shard, counter, time) => new LocalSequence(created, shard, counter, time));

    private static long Seconds(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}
