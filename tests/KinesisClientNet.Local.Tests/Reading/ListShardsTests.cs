using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Reading;

public class ListShardsTests
{
    private readonly LocalFixture _local = new();

    /// <summary>Shard 0 for an hour, then 1 and 2; at two hours 1 becomes 3 and 4.</summary>
    private void GrowForThreeHours()
    {
        _local.Clock.Advance(TimeSpan.FromHours(1));
        _local.Stream.Split("shardId-000000000000");
        _local.Clock.Advance(TimeSpan.FromHours(1));
        _local.Stream.Split("shardId-000000000001");
        _local.Clock.Advance(TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(ShardFilterType.FromTrimHorizon, null, null, "0,1,2,3,4")]
    [InlineData(ShardFilterType.AtTrimHorizon, null, null, "0")]
    [InlineData(ShardFilterType.AtLatest, null, null, "2,3,4")]
    [InlineData(ShardFilterType.AfterShardId, "shardId-000000000001", null, "2,3,4")]
    [InlineData(ShardFilterType.AtTimestamp, null, 30, "0")]
    [InlineData(ShardFilterType.AtTimestamp, null, 90, "1,2")]
    [InlineData(ShardFilterType.AtTimestamp, null, 150, "2,3,4")]
    [InlineData(ShardFilterType.AtTimestamp, null, -600, "0")]
    [InlineData(ShardFilterType.FromTimestamp, null, 90, "1,2,3,4")]
    [InlineData(ShardFilterType.FromTimestamp, null, -600, "0,1,2,3,4")]
    public async Task Filter_selects_by_when_a_shard_was_open(ShardFilterType type, string? shardId, int? minute, string expected)
    {
        GrowForThreeHours();
        DateTimeOffset? time = minute is { } m ? LocalFixture.Start.AddMinutes(m) : null;

        Assert.Equal(expected, await ListAsync(new(type, shardId, time)));
    }

    /// <summary>Found by simulated seed 4833: the parents had ended before the stream began, by the clock, and a consumer that started at the horizon never read them.</summary>
    [Fact]
    public async Task Listing_from_the_horizon_has_the_parents_also_when_the_clock_was_set_back_before_the_reshard()
    {
        var clock = new SetBackClock();
        var kinesis = new LocalKinesis(clock).AddStream("orders", 1);
        clock.SetBack(TimeSpan.FromMinutes(10));
        kinesis.Stream("orders").Split("shardId-000000000000");

        var page = await kinesis.ListShardsAsync(new(new StreamReference("orders"), Filter: new(ShardFilterType.AtTrimHorizon)), LocalFixture.Token);

        Assert.Contains(page.Shards, static shard => shard.ShardId == "shardId-000000000000");
    }

    [Fact]
    public async Task Listing_without_a_filter_has_every_shard_that_is_not_expired()
    {
        GrowForThreeHours();
        Assert.Equal("0,1,2,3,4", await ListAsync(null));

        _local.Clock.Advance(TimeSpan.FromHours(22) + TimeSpan.FromMilliseconds(1));
        Assert.Equal("1,2,3,4", await ListAsync(null));
        Assert.Equal("1,2", await ListAsync(new(ShardFilterType.AtTrimHorizon)));
        await LocalFixture.RefusedAsync(_local.IteratorAsync(StartingPosition.TrimHorizon), "ResourceNotFoundException");
    }

    [Fact]
    public async Task Timestamp_of_the_reshard_itself_lists_both_sides_so_that_no_record_of_that_moment_is_missed()
    {
        GrowForThreeHours();

        Assert.Equal("0,1,2", await ListAsync(new(ShardFilterType.AtTimestamp, null, LocalFixture.Start.AddHours(1))));
    }

    [Fact]
    public async Task Pages_follow_the_token_and_agree_on_the_filters_moment()
    {
        GrowForThreeHours();
        var first = await _local.Kinesis.ListShardsAsync(
            new(_local.Reference, new(ShardFilterType.FromTimestamp, null, LocalFixture.Start.AddMinutes(90)), MaxResults: 3), LocalFixture.Token);
        var second = await _local.Kinesis.ListShardsAsync(new(default, NextToken: first.NextToken), LocalFixture.Token);

        Assert.Equal("1,2,3", Short(first.Shards));
        Assert.Equal("4", Short(second.Shards));
        Assert.Null(second.NextToken);
    }

    [Fact]
    public async Task Exactly_full_last_page_has_no_token()
    {
        var local = new LocalFixture(shards: 1000);

        Assert.Null((await local.Kinesis.ListShardsAsync(new(local.Reference), LocalFixture.Token)).NextToken);
        Assert.Equal(1000, (await local.Kinesis.ListShardsAsync(new(local.Reference, MaxResults: 10_000), LocalFixture.Token)).Shards.Count);
    }

    [Fact]
    public async Task Lister_of_core_follows_the_pages_of_more_than_a_thousand_shards()
    {
        var local = new LocalFixture(shards: 2500);

        var shards = await ShardLister.ListAsync(local.Kinesis, local.Reference, null, LocalFixture.Token);

        Assert.Equal(2500, shards.Count);
        Assert.Empty(ShardMap.Create(shards).Problems);
    }

    [Fact]
    public async Task Token_lives_three_hundred_seconds_and_is_not_an_iterator()
    {
        GrowForThreeHours();
        var page = await _local.Kinesis.ListShardsAsync(new(_local.Reference, MaxResults: 1), LocalFixture.Token);

        await LocalFixture.RefusedAsync(_local.PageAsync(page.NextToken!), "InvalidArgumentException");
        _local.Clock.Advance(TimeSpan.FromSeconds(300));
        await _local.Kinesis.ListShardsAsync(new(default, NextToken: page.NextToken), LocalFixture.Token);
        _local.Clock.Advance(TimeSpan.FromMilliseconds(1));

        await LocalFixture.RefusedAsync(
            _local.Kinesis.ListShardsAsync(new(default, NextToken: page.NextToken), LocalFixture.Token), "ExpiredNextTokenException");
        await LocalFixture.RefusedAsync(_local.Kinesis.ListShardsAsync(new(default, NextToken: "mine"), LocalFixture.Token), "InvalidArgumentException");
    }

    [Theory]
    [InlineData(ShardFilterType.AfterShardId)]
    [InlineData(ShardFilterType.AtTimestamp)]
    [InlineData(ShardFilterType.FromTimestamp)]
    public async Task Filter_without_its_part_is_refused(ShardFilterType type) => await LocalFixture.RefusedAsync(
        _local.Kinesis.ListShardsAsync(new(_local.Reference, new ShardFilter(type)), LocalFixture.Token), "InvalidArgumentException");

    [Fact]
    public async Task Describe_pages_by_a_hundred_shards()
    {
        var local = new LocalFixture(shards: 150);

        var first = await local.Kinesis.DescribeStreamAsync(local.Reference, limit: 10_000, cancellationToken: LocalFixture.Token);
        var second = await local.Kinesis.DescribeStreamAsync(local.Reference, first.Shards[^1].ShardId, cancellationToken: LocalFixture.Token);

        Assert.Equal((100, true, 50, false), (first.Shards.Count, first.HasMoreShards, second.Shards.Count, second.HasMoreShards));
        Assert.Equal(150, first.Summary.OpenShardCount);
    }

    private async Task<string> ListAsync(ShardFilter? filter) =>
        Short((await _local.Kinesis.ListShardsAsync(new(_local.Reference, filter), LocalFixture.Token)).Shards);

    private static string Short(IEnumerable<Shard> shards) => string.Join(",", shards.Select(static shard => int.Parse(shard.ShardId[8..], null)));
}
