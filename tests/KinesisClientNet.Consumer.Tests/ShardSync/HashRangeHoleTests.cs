using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

public sealed class HashRangeHoleTests
{
    private static Lease Row(UInt128 start, UInt128 end, bool finished = false) => new()
    {
        LeaseKey = $"{start}", ShardId = $"{start}", HashKeyRange = new(start, end),
        Checkpoint = finished ? ExtendedSequenceNumber.ShardEnd : ExtendedSequenceNumber.TrimHorizon,
    };

    [Fact]
    public void Ranges_that_touch_have_no_hole() =>
        Assert.Null(HashRangeHole.Find([Row(0, 99), Row(100, UInt128.MaxValue)]));

    [Fact]
    public void Overlaps_are_legal() =>
        Assert.Null(HashRangeHole.Find([Row(0, 500), Row(100, 200), Row(150, UInt128.MaxValue)]));

    [Fact]
    public void A_range_inside_another_does_not_hide_what_follows_the_outer_one() =>
        Assert.Null(HashRangeHole.Find([Row(0, 500), Row(100, 200), Row(501, UInt128.MaxValue)]));

    [Fact]
    public void A_hole_in_the_middle_is_found() =>
        Assert.Equal(new HashKeyRange(100, 149), HashRangeHole.Find([Row(0, 99), Row(150, UInt128.MaxValue)]));

    [Fact]
    public void A_hole_at_the_start_is_found() =>
        Assert.Equal(new HashKeyRange(0, 0), HashRangeHole.Find([Row(1, UInt128.MaxValue)]));

    [Fact]
    public void A_hole_at_the_end_is_found() =>
        Assert.Equal(new HashKeyRange(UInt128.MaxValue, UInt128.MaxValue), HashRangeHole.Find([Row(0, UInt128.MaxValue - 1)]));

    [Fact]
    public void A_finished_lease_covers_nothing() =>
        Assert.Equal(HashKeyRange.Full, HashRangeHole.Find([Row(0, UInt128.MaxValue, finished: true)]));

    [Fact]
    public void Without_leases_everything_is_a_hole() => Assert.Equal(HashKeyRange.Full, HashRangeHole.Find([]));
}
