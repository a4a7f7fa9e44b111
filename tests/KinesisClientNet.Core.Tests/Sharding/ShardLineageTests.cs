using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class ShardLineageTests
{
    private static IEnumerable<string> Ids(IEnumerable<Shard> shards) => shards.Select(s => s.ShardId);

    /// <summary>0 splits into 1 and 2; 1 splits into 3 and 4; 2 and 4 merge into 5.</summary>
    private static readonly Shard[] Family =
    [
        Shards.Closed(0, 0, 99),
        Shards.Closed(1, 0, 49, parent: 0),
        Shards.Closed(2, 50, 99, parent: 0),
        Shards.Open(3, 0, 24, parent: 1),
        Shards.Closed(4, 25, 49, parent: 1),
        Shards.Open(5, 25, 99, parent: 4, adjacent: 2),
    ];

    [Fact]
    public void Split_and_merge_are_followed_both_ways()
    {
        var lineage = ShardLineage.Create(Family);

        Assert.Equal([Shards.Id(1), Shards.Id(2)], Ids(lineage.ChildrenOf(Shards.Id(0))));
        Assert.Equal([Shards.Id(4), Shards.Id(2)], Ids(lineage.ParentsOf(Shards.Id(5))));
        Assert.Equal([Shards.Id(4), Shards.Id(2), Shards.Id(1), Shards.Id(0)], Ids(lineage.AncestorsOf(Shards.Id(5))));
        Assert.Equal([Shards.Id(1), Shards.Id(2), Shards.Id(3), Shards.Id(4), Shards.Id(5)], Ids(lineage.DescendantsOf(Shards.Id(0))));
        Assert.Empty(lineage.Problems);
    }

    [Fact]
    public void Order_puts_parents_first_and_does_not_depend_on_the_listing()
    {
        var forwards = ShardLineage.Create(Family);
        var backwards = ShardLineage.Create(Family.Reverse());

        Assert.Equal(Ids(Family), Ids(forwards.ParentsFirst));
        Assert.Equal(Ids(Family), Ids(backwards.ParentsFirst));
    }

    [Fact]
    public void Parent_that_has_expired_is_reported_as_missing_and_its_children_are_still_found()
    {
        var lineage = ShardLineage.Create(Family[1..]);

        Assert.Equal([Shards.Id(0)], lineage.MissingParentsOf(Shards.Id(1)));
        Assert.Empty(lineage.ParentsOf(Shards.Id(1)));
        Assert.Equal([Shards.Id(1), Shards.Id(2)], Ids(lineage.ChildrenOf(Shards.Id(0))));
        Assert.False(lineage.TryGet(Shards.Id(0), out _));
        Assert.Equal([Shards.Id(4), Shards.Id(2), Shards.Id(1)], Ids(lineage.AncestorsOf(Shards.Id(5))));
    }

    [Fact]
    public void Unknown_shard_has_no_relatives()
    {
        var lineage = ShardLineage.Create(Family);

        Assert.Empty(lineage.ParentsOf("x"));
        Assert.Empty(lineage.ChildrenOf("x"));
        Assert.Empty(lineage.AncestorsOf("x"));
        Assert.Empty(lineage.MissingParentsOf("x"));
    }

    [Fact]
    public void Empty_parent_id_means_no_parent()
    {
        var lineage = ShardLineage.Create([Shards.Open(0, 0, 9) with { ParentShardId = "", AdjacentParentShardId = "" }]);

        Assert.Empty(lineage.MissingParentsOf(Shards.Id(0)));
    }

    [Fact]
    public void Last_mention_of_a_shard_counts()
    {
        var lineage = ShardLineage.Create([Shards.Open(0, 0, 99), Shards.Closed(0, 0, 99)]);

        Assert.False(Assert.Single(lineage.ParentsFirst).IsOpen);
    }

    [Fact]
    public void Shards_that_descend_from_themselves_are_a_problem_and_do_not_hang()
    {
        var lineage = ShardLineage.Create([Shards.Open(0, 0, 9), Shards.Open(1, 0, 9, parent: 2), Shards.Open(2, 0, 9, parent: 1), Shards.Open(3, 0, 9, parent: 3)]);

        Assert.Equal(4, lineage.ParentsFirst.Count);
        Assert.Equal(Shards.Id(0), lineage.ParentsFirst[0].ShardId);
        Assert.Contains($"{Shards.Id(1)}, {Shards.Id(2)}, {Shards.Id(3)}", Assert.Single(lineage.Problems), StringComparison.Ordinal);
        Assert.Equal([Shards.Id(2)], Ids(lineage.AncestorsOf(Shards.Id(1))));
        Assert.Empty(lineage.AncestorsOf(Shards.Id(3)));
    }

    [Fact]
    public void Any_history_of_splits_and_merges_lists_each_shard_once_after_its_parents() =>
        Gen.Select(Gen.Int[0, 1000].Array[0, 60], Gen.Int).Sample((choices, seed) =>
        {
            var shards = History(choices);
            var shuffled = shards.ToArray();
            new Random(seed).Shuffle(shuffled);

            var order = ShardLineage.Create(shuffled).ParentsFirst.Select(s => s.ShardId).ToList();

            Assert.Equal(shards.Count, order.Distinct().Count());
            foreach (var shard in shards)
            {
                foreach (var parent in new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>())
                    Assert.True(order.IndexOf(parent) < order.IndexOf(shard.ShardId));
            }
        });

    private static List<Shard> History(int[] choices)
    {
        var shards = new List<Shard>(Shards.Even(3));
        foreach (var choice in choices)
        {
            var open = shards.Where(s => s.IsOpen).OrderBy(s => s.HashKeyRange.Start).ToArray();
            var at = choice / 2 % open.Length;
            if (choice % 2 == 0 || at + 1 == open.Length)
            {
                var range = open[at].HashKeyRange;
                var middle = range.Start + ((range.End - range.Start) / 2);
                Close(open[at]);
                Add(range.Start, middle, open[at].ShardId, null);
                Add(middle + 1, range.End, open[at].ShardId, null);
            }
            else
            {
                Close(open[at]);
                Close(open[at + 1]);
                Add(open[at].HashKeyRange.Start, open[at + 1].HashKeyRange.End, open[at].ShardId, open[at + 1].ShardId);
            }
        }

        Assert.Empty(ShardMap.Create(shards).Problems);
        return shards;

        void Close(Shard shard) => shards[shards.IndexOf(shard)] = shard with { EndingSequenceNumber = SequenceNumber.FromBits(0, 9) };

        void Add(UInt128 start, UInt128 end, string parent, string? adjacent) =>
            shards.Add(Shards.Open(shards.Count, start, end) with { ParentShardId = parent, AdjacentParentShardId = adjacent });
    }
}
