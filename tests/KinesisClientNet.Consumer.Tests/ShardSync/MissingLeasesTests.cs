using CsCheck;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>Which leases a stream lacks (KCL reference, shard synchronisation).</summary>
public sealed class MissingLeasesTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static LeasedStream Stream(StartingPosition from) => new(new("stream"), from);

    private static LeasedStream Stream(string from) => Stream(from switch
    {
        "LATEST" => StartingPosition.Latest,
        "AT_TIMESTAMP" => StartingPosition.AtTimestamp(Time),
        _ => StartingPosition.TrimHorizon,
    });

    /// <summary>Shards 0-5; 0+1 become 6, 2+3 become 7, then 6+7 become 8 and 5 is split into 9 and 10. Open: 4, 8, 9, 10.</summary>
    private static List<Shard> WorkedExample()
    {
        var width = UInt128.MaxValue / 6;
        HashKeyRange Slice(int first, int last) => new(width * (UInt128)first, last == 5 ? UInt128.MaxValue : (width * (UInt128)(last + 1)) - 1);
        Shard Make(int id, HashKeyRange range, bool open, int? parent = null, int? adjacent = null) => new()
        {
            ShardId = $"{id}", HashKeyRange = range, ParentShardId = parent?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            AdjacentParentShardId = adjacent?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            StartingSequenceNumber = SequenceNumber.FromBits(0, (UInt128)id),
            EndingSequenceNumber = open ? null : SequenceNumber.FromBits(1, 0),
        };
        var five = Slice(5, 5);
        var middle = five.Start + ((five.End - five.Start) / 2);
        return
        [
            Make(0, Slice(0, 0), false), Make(1, Slice(1, 1), false), Make(2, Slice(2, 2), false), Make(3, Slice(3, 3), false), Make(4, Slice(4, 4), true),
            Make(5, five, false), Make(6, Slice(0, 1), false, 0, 1), Make(7, Slice(2, 3), false, 2, 3), Make(8, Slice(0, 3), true, 6, 7),
            Make(9, new(five.Start, middle), true, 5), Make(10, new(middle + 1, five.End), true, 5),
        ];
    }

    private static Lease Row(string shard, ExtendedSequenceNumber checkpoint) => new() { LeaseKey = shard, ShardId = shard, Checkpoint = checkpoint };

    [Theory]
    [InlineData("LATEST", "6 at LATEST")]
    [InlineData("TRIM_HORIZON", "0 at TRIM_HORIZON, 1 at TRIM_HORIZON")]
    [InlineData("AT_TIMESTAMP", "0 at AT_TIMESTAMP, 1 at AT_TIMESTAMP")]
    [Trait("Story", "R2")]
    public void The_worked_example_of_the_reference_before_any_lease_has_got_anywhere(string from, string expected)
    {
        var initial = MissingLeases.Initial(Stream(from));

        var missing = MissingLeases.ForStream(Stream(from), WorkedExample(), [Row("4", initial), Row("5", initial), Row("7", initial)]);

        Assert.Equal(expected, string.Join(", ", missing.Select(lease => $"{lease.ShardId} at {lease.Checkpoint}")));
    }

    [Fact]
    [Trait("Story", "R2")]
    public void A_lease_lost_in_a_running_application_starts_at_the_horizon_even_if_the_application_started_at_latest()
    {
        var progress = new ExtendedSequenceNumber(SequenceNumber.FromBits(0, 9));

        var missing = MissingLeases.ForStream(Stream("LATEST"), WorkedExample(), [Row("4", progress), Row("5", progress), Row("7", progress)]);

        Assert.Equal("6 at TRIM_HORIZON", string.Join(", ", missing.Select(lease => $"{lease.ShardId} at {lease.Checkpoint}")));
    }

    [Fact]
    public void A_child_whose_parents_are_done_and_whose_row_was_lost_is_made_again()
    {
        var progress = new ExtendedSequenceNumber(SequenceNumber.FromBits(0, 9));

        var missing = MissingLeases.ForStream(
            Stream("TRIM_HORIZON"), WorkedExample(), [Row("4", progress), Row("5", ExtendedSequenceNumber.ShardEnd), Row("9", progress), Row("8", progress)]);

        Assert.Equal("10 at TRIM_HORIZON", string.Join(", ", missing.Select(lease => $"{lease.ShardId} at {lease.Checkpoint}")));
    }

    [Fact]
    public void A_merge_with_one_parent_still_read_is_left_to_that_parent()
    {
        var missing = MissingLeases.ForStream(
            Stream("TRIM_HORIZON"), WorkedExample(),
            [Row("4", default), Row("9", default), Row("10", default), Row("6", ExtendedSequenceNumber.ShardEnd), Row("7", default)]);

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("LATEST", "4, 8, 9, 10")]
    [InlineData("TRIM_HORIZON", "0, 1, 2, 3, 4, 5")]
    [InlineData("AT_TIMESTAMP", "0, 1, 2, 3, 4, 5")]
    public void A_service_without_filters_is_read_in_full(string from, string expected) =>
        Assert.Equal(expected, string.Join(", ", MissingLeases.StartOf(Stream(from), WorkedExample()).Select(shard => shard.ShardId)));

    [Fact]
    public void First_leases_carry_position_parents_and_range()
    {
        var lease = MissingLeases.ForNewStream(Stream("LATEST"), WorkedExample()).Single(lease => lease.ShardId == "8");

        Assert.Equal(ExtendedSequenceNumber.Latest, lease.Checkpoint);
        Assert.Equal(["6", "7"], lease.ParentShardIds);
        Assert.Equal(WorkedExample()[8].HashKeyRange, lease.HashKeyRange);
        Assert.Null(lease.Owner);
    }

    [Fact]
    public void A_listing_taken_in_the_middle_of_a_reshard_is_refused()
    {
        var shards = WorkedExample();
        shards[5] = shards[5] with { EndingSequenceNumber = null };

        var refusal = Assert.Throws<InconsistentListingException>(() => MissingLeases.ForStream(Stream("LATEST"), shards, [Row("4", default)]));

        Assert.Contains("'5' is open and has children", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Random reshards, leases taken away at random: after repair every open shard is reached, by its own lease or through an unfinished ancestor that will create it.</summary>
    [Fact]
    [Trait("Story", "R1")]
    public void After_repair_every_open_shard_is_reached()
    {
        var worlds =
            from seed in Gen.Int
            from steps in Gen.Int[0, 25]
            from position in Gen.OneOf(Gen.Const("LATEST"), Gen.Const("TRIM_HORIZON"), Gen.Const("AT_TIMESTAMP"))
            select (seed, steps, position);

        worlds.Sample(world =>
        {
            var random = new Random(world.seed);
            var shards = new ListedShards();
            shards.Create(random.Next(1, 5));
            var stream = Stream(world.position);
            var leases = MissingLeases.ForNewStream(stream, shards.All).ToDictionary(lease => lease.ShardId);
            for (var step = 0; step < world.steps; step++)
                Step(random, shards, leases);

            var missing = MissingLeases.ForStream(stream, shards.All, [.. leases.Values]);
            Assert.DoesNotContain(missing, lease => leases.ContainsKey(lease.ShardId));
            foreach (var lease in missing)
                leases.Add(lease.ShardId, lease);

            var lineage = ShardLineage.Create(shards.All);
            foreach (var open in shards.All.Where(shard => shard.IsOpen))
            {
                var line = lineage.AncestorsOf(open.ShardId).Prepend(open);
                Assert.Contains(line, shard => leases.TryGetValue(shard.ShardId, out var lease) && !lease.IsFinished);
            }

            Assert.Empty(MissingLeases.ForStream(stream, shards.All, [.. leases.Values]));
        });
    }

    private static void Step(Random random, ListedShards shards, Dictionary<string, Lease> leases)
    {
        var open = shards.OpenIds.ToList();
        switch (random.Next(4))
        {
            case 0:
                shards.Split(open[random.Next(open.Count)]);
                break;
            case 1:
                var byStart = shards.All.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).ToList();
                if (byStart.Count > 1)
                {
                    var at = random.Next(byStart.Count - 1);
                    shards.Merge(byStart[at].ShardId, byStart[at + 1].ShardId);
                }

                break;
            case 2: // a worker ends a closed shard properly
                var closed = shards.All.Where(shard => !shard.IsOpen && leases.TryGetValue(shard.ShardId, out var lease) && !lease.IsFinished).ToList();
                if (closed.Count > 0)
                {
                    var shard = closed[random.Next(closed.Count)];
                    var children = shards.ChildrenOf(shard.ShardId);
                    if (!children.All(child => child.ParentShards.All(leases.ContainsKey)))
                        break;
                    foreach (var child in children)
                        leases.TryAdd(child.ShardId, Row(child.ShardId, ExtendedSequenceNumber.TrimHorizon));
                    leases[shard.ShardId] = leases[shard.ShardId] with { Checkpoint = ExtendedSequenceNumber.ShardEnd };
                }

                break;
            default: // somebody deletes a row
                if (leases.Count > 0)
                    leases.Remove(leases.Keys.ElementAt(random.Next(leases.Count)));
                break;
        }
    }
}
