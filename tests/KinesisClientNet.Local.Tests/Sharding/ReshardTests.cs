using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Sharding;

public class ReshardTests
{
    private const string First = "shardId-000000000000";
    private static readonly UInt128 Half = UInt128.One << 127;

    [Fact]
    public void Split_closes_the_parent_and_opens_two_children_that_name_it()
    {
        var local = new LocalFixture();

        local.Stream.Split(First);
        var shards = local.Stream.ListShards();

        Assert.False(shards[0].IsOpen);
        Assert.Equal(Local.Sequencing.LocalSequence.EndCounter, Decode(shards[0].EndingSequenceNumber!.Value).Counter);
        Assert.Equal(["shardId-000000000001", "shardId-000000000002"], local.Stream.ShardIds);
        Assert.Equal([new(0, Half - 1), new(Half, UInt128.MaxValue)], shards.Skip(1).Select(static shard => shard.HashKeyRange));
        Assert.All(shards.Skip(1), static shard => Assert.Equal((First, null), (shard.ParentShardId, shard.AdjacentParentShardId)));
    }

    [Fact]
    public void Children_start_one_second_after_their_parents_end()
    {
        var local = new LocalFixture();
        local.Clock.Advance(TimeSpan.FromMinutes(1));
        local.Stream.Split(First);
        var shards = local.Stream.ListShards();

        var closed = Decode(shards[0].EndingSequenceNumber!.Value);
        Assert.Equal(closed.TimeSeconds + 1, Decode(shards[1].StartingSequenceNumber).CreateSeconds);
        Assert.True(shards[1].StartingSequenceNumber > shards[0].EndingSequenceNumber!.Value);
    }

    [Fact]
    public void Merge_closes_both_parents_and_opens_one_child_that_names_both()
    {
        var local = new LocalFixture(shards: 2);

        local.Stream.Merge(First, "shardId-000000000001");
        var child = local.Stream.ListShards()[2];

        Assert.Equal(HashKeyRange.Full, child.HashKeyRange);
        Assert.Equal((First, "shardId-000000000001"), (child.ParentShardId, child.AdjacentParentShardId));
        Assert.Equal([child.ShardId], local.Stream.ShardIds);
    }

    [Fact]
    public void Merge_needs_neighbours_in_order()
    {
        var local = new LocalFixture(shards: 3);

        LocalFixture.Refused(() => local.Stream.Merge("shardId-000000000001", First), "InvalidArgumentException");
        LocalFixture.Refused(() => local.Stream.Merge(First, "shardId-000000000002"), "InvalidArgumentException");
        LocalFixture.Refused(() => local.Stream.Merge("shardId-000000000002", First), "InvalidArgumentException");
        LocalFixture.Refused(() => local.Stream.Merge(First, First), "InvalidArgumentException");
    }

    [Fact]
    public void Closed_shard_is_neither_split_nor_merged()
    {
        var local = new LocalFixture(shards: 2);
        local.Stream.Split(First);

        LocalFixture.Refused(() => local.Stream.Split(First), "InvalidArgumentException");
        LocalFixture.Refused(() => local.Stream.Merge(First, "shardId-000000000001"), "InvalidArgumentException");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Split_leaves_at_least_two_hash_keys_on_either_side(int start)
    {
        var local = new LocalFixture();

        LocalFixture.Refused(() => local.Stream.Split(First, (UInt128)start), "InvalidArgumentException");
        LocalFixture.Refused(() => local.Stream.Split(First, UInt128.MaxValue), "InvalidArgumentException");
        local.Stream.Split(First, 2);

        Assert.Equal(new(0, 1), local.Stream.ListShards()[1].HashKeyRange);
        LocalFixture.Refused(() => local.Stream.Split("shardId-000000000001"), "InvalidArgumentException");
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(5, 7)]
    [InlineData(7, 4)]
    public void Update_leaves_even_shards_that_descend_from_every_old_one(int before, int after)
    {
        var local = new LocalFixture(before);
        var old = local.Stream.ShardIds;

        local.Stream.UpdateShardCount(after);
        var shards = local.Stream.ListShards();
        var open = shards.Where(static shard => shard.IsOpen).ToArray();

        Assert.Equal(HashKeyRange.SplitEvenly(after), open.Select(static shard => shard.HashKeyRange).OrderBy(static range => range.Start));
        Assert.All(shards.Where(shard => old.Contains(shard.ShardId)), static shard => Assert.False(shard.IsOpen));
        var byId = shards.ToDictionary(static shard => shard.ShardId);
        Assert.Equal(old.Order(), open.SelectMany(shard => Roots(shard, byId)).Distinct().Order());
    }

    [Theory]
    [InlineData(4, 9)]
    [InlineData(5, 2)]
    public void Update_scales_to_between_half_and_twice(int before, int after) =>
        LocalFixture.Refused(() => new LocalFixture(before).Stream.UpdateShardCount(after), "LimitExceededException");

    [Fact]
    public void Update_is_counted_over_a_rolling_day()
    {
        var local = new LocalFixture(shards: 2);
        for (var i = 0; i < 10; i++)
            local.Stream.UpdateShardCount(i % 2 == 0 ? 4 : 2);

        LocalFixture.Refused(() => local.Stream.UpdateShardCount(4), "LimitExceededException");
        local.Clock.Advance(TimeSpan.FromDays(1));
        local.Stream.UpdateShardCount(4);

        Assert.Equal(4, local.Stream.ShardIds.Count);
    }

    [Fact]
    public async Task Records_put_before_and_after_a_reshard_are_in_parents_and_children()
    {
        var local = new LocalFixture();
        await local.PutAsync("parent", hashKey: 0);
        local.Stream.Split(First);
        var lower = await local.PutAsync("lower", hashKey: 0);
        var upper = await local.PutAsync("upper", hashKey: UInt128.MaxValue);

        Assert.Equal(["parent"], await local.TextsAsync(StartingPosition.TrimHorizon, First));
        Assert.Equal(["lower"], await local.TextsAsync(StartingPosition.TrimHorizon, lower.ShardId));
        Assert.Equal(["upper"], await local.TextsAsync(StartingPosition.TrimHorizon, upper.ShardId));
    }

    [Fact]
    public void Account_quota_bounds_the_open_shards()
    {
        var local = new LocalFixture(shards: 4, new() { MaxOpenShards = 5 });

        local.Stream.Split(First);

        LocalFixture.Refused(() => local.Stream.Split("shardId-000000000001"), "LimitExceededException");
        LocalFixture.Refused(() => local.Kinesis.AddStream("more", 1), "LimitExceededException");
    }

    [Fact]
    public async Task On_demand_streams_start_with_four_shards_and_are_not_resharded_by_callers()
    {
        var local = new LocalFixture(shards: 0);
        await local.Kinesis.CreateStreamAsync(LocalFixture.StreamName, null, cancellationToken: LocalFixture.Token);

        Assert.Equal(4, local.Stream.ShardIds.Count);
        LocalFixture.Refused(() => local.Stream.Split(First), "ValidationException");
        LocalFixture.Refused(() => local.Stream.Merge(First, "shardId-000000000001"), "ValidationException");
        LocalFixture.Refused(() => local.Stream.UpdateShardCount(8), "ValidationException");
    }

    [Fact]
    public async Task Mode_is_switched_twice_a_day_at_most()
    {
        var local = new LocalFixture();
        await SwitchAsync("ON_DEMAND");
        await SwitchAsync("PROVISIONED");

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await SwitchAsync("ON_DEMAND"));
        Assert.Equal("LimitExceededException", error.Code);
        local.Clock.Advance(TimeSpan.FromDays(1));
        await SwitchAsync("ON_DEMAND");

        Assert.Equal("ON_DEMAND", (await local.Kinesis.DescribeStreamSummaryAsync(local.Reference, LocalFixture.Token)).StreamMode);

        ValueTask SwitchAsync(string mode) => local.Kinesis.UpdateStreamModeAsync(local.Stream.Arn, mode, LocalFixture.Token);
    }

    private static Local.Sequencing.LocalSequence Decode(SequenceNumber number)
    {
        Assert.True(Local.Sequencing.LocalSequence.TryDecode(number, out var parts));
        return parts;
    }

    private static IEnumerable<string> Roots(Shard shard, Dictionary<string, Shard> byId)
    {
        if (shard.ParentShardId is null)
            return [shard.ShardId];
        var roots = Roots(byId[shard.ParentShardId], byId);
        return shard.AdjacentParentShardId is { } other ? roots.Concat(Roots(byId[other], byId)) : roots;
    }
}
