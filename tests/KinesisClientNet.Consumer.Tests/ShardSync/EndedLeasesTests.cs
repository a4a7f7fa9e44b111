using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>When the row of a finished shard may go.</summary>
public sealed class EndedLeasesTests
{
    private static readonly ExtendedSequenceNumber Progress = new(SequenceNumber.FromBits(0, 5));

    private static Lease Row(string shard, ExtendedSequenceNumber checkpoint, string[]? parents = null, string[]? children = null) => new()
    {
        LeaseKey = shard, ShardId = shard, Checkpoint = checkpoint, ParentShardIds = [.. parents ?? []], ChildShardIds = [.. children ?? []],
    };

    private static string Ended(params Lease[] leases) => string.Join(' ', EndedLeases.Find(leases).Select(lease => lease.ShardId));

    [Fact]
    public void A_finished_shard_whose_children_are_being_read_is_over() =>
        Assert.Equal("0", Ended(Row("0", ExtendedSequenceNumber.ShardEnd, children: ["1", "2"]), Row("1", Progress), Row("2", ExtendedSequenceNumber.ShardEnd)));

    [Fact]
    public void It_is_kept_while_a_child_has_not_started()
    {
        Assert.Equal("", Ended(Row("0", ExtendedSequenceNumber.ShardEnd, children: ["1"]), Row("1", ExtendedSequenceNumber.TrimHorizon)));
        Assert.Equal("", Ended(Row("0", ExtendedSequenceNumber.ShardEnd, children: ["1"]), Row("1", ExtendedSequenceNumber.Latest)));
    }

    [Fact]
    public void It_is_kept_while_a_child_has_no_row() =>
        Assert.Equal("", Ended(Row("0", ExtendedSequenceNumber.ShardEnd, children: ["1", "2"]), Row("1", Progress)));

    [Fact]
    public void It_is_kept_while_its_own_parent_has_a_row() =>
        Assert.Equal("", Ended(
            Row("0", ExtendedSequenceNumber.ShardEnd), Row("1", ExtendedSequenceNumber.ShardEnd, ["0"], ["2"]), Row("2", Progress, ["1"])));

    [Fact]
    public void A_whole_lineage_goes_at_once_oldest_first() =>
        Assert.Equal("0 1 2", Ended(
            Row("2", ExtendedSequenceNumber.ShardEnd, ["1"], ["3"]), Row("1", ExtendedSequenceNumber.ShardEnd, ["0"], ["2"]),
            Row("0", ExtendedSequenceNumber.ShardEnd, children: ["1"]), Row("3", Progress, ["2"])));

    [Fact]
    public void It_is_kept_while_its_children_are_not_known() => Assert.Equal("", Ended(Row("0", ExtendedSequenceNumber.ShardEnd)));

    [Fact]
    public void An_unfinished_shard_is_never_over() => Assert.Equal("", Ended(Row("0", Progress, children: ["1"]), Row("1", Progress)));
}
