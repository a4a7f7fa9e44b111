using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>Streams: create, describe, list, retention, mode, delete.</summary>
public sealed class StreamConformance(Targets targets) : IClassFixture<Targets>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_new_stream_is_active_with_its_shards_and_a_day_of_retention(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);

        var stream = await kinesis.CreateStreamAsync(3);

        var summary = await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled);
        Assert.Equal(stream.Name, summary.StreamName);
        Assert.EndsWith($":stream/{stream.Name}", summary.StreamArn, StringComparison.Ordinal);
        Assert.Equal(3, summary.OpenShardCount);
        Assert.Equal(24, summary.RetentionPeriodHours);
        Assert.Equal("PROVISIONED", summary.StreamMode);
        Assert.Equal(0, summary.ConsumerCount ?? 0);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task The_first_shards_divide_the_hash_space_evenly(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);

        var stream = await kinesis.CreateStreamAsync(4);

        var shards = await kinesis.OpenShardsAsync(stream);
        Assert.Empty(ShardMap.Create(shards).Problems);
        Assert.All(shards, shard => Assert.Null(shard.ParentShardId));
        if (kinesis.Has(Quirk.RangesOffByOne))
            Assert.Equal((UInt128.MaxValue / 4) - 1, shards[0].HashKeyRange.End);
        else
            Assert.Equal(HashKeyRange.SplitEvenly(4), shards.Select(shard => shard.HashKeyRange));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Shards_are_listed_in_pages_by_a_token_alone(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(5);

        var first = await kinesis.Api.ListShardsAsync(new(stream, MaxResults: 2), Cancelled);
        var second = await kinesis.Api.ListShardsAsync(new(stream, NextToken: first.NextToken, MaxResults: 2), Cancelled);
        var third = await kinesis.Api.ListShardsAsync(new(stream, NextToken: second.NextToken, MaxResults: 2), Cancelled);

        Assert.Equal([2, 2, 1], new[] { first, second, third }.Select(page => page.Shards.Count));
        Assert.Null(third.NextToken);
        Assert.Equal(5, first.Shards.Concat(second.Shards).Concat(third.Shards).Select(shard => shard.ShardId).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_listing_can_start_after_a_shard(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(3);
        var ids = (await kinesis.ShardsAsync(stream)).Select(shard => shard.ShardId).Order(StringComparer.Ordinal).ToList();

        var page = await kinesis.Api.ListShardsAsync(new(stream, ExclusiveStartShardId: ids[0]), Cancelled);

        Assert.Equal(ids[1..], page.Shards.Select(shard => shard.ShardId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_description_comes_in_pages_of_shards(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(3);

        var first = await kinesis.Admin.DescribeStreamAsync(stream, limit: 2, cancellationToken: Cancelled);
        var second = await kinesis.Admin.DescribeStreamAsync(stream, first.Shards[^1].ShardId, limit: 2, Cancelled);

        Assert.True(first.HasMoreShards);
        Assert.False(second.HasMoreShards);
        Assert.Equal(3, first.Shards.Concat(second.Shards).Select(shard => shard.ShardId).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_stream_that_is_not_there_is_NotFound_for_every_call(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var nowhere = new StreamReference(KinesisSession.NewName());

        await FailsAsync(KinesisErrorKind.NotFound, () => kinesis.Api.DescribeStreamSummaryAsync(nowhere, Cancelled).AsTask());
        await FailsAsync(KinesisErrorKind.NotFound, () => kinesis.Api.ListShardsAsync(new(nowhere), Cancelled).AsTask());
        await FailsAsync(KinesisErrorKind.NotFound, () => kinesis.PutAsync(nowhere, "k", "v"));
        await FailsAsync(
            KinesisErrorKind.NotFound,
            () => kinesis.Api.GetShardIteratorAsync(nowhere, "shardId-000000000000", StartingPosition.Latest, Cancelled).AsTask());
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_name_can_be_taken_once(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        await FailsAsync(KinesisErrorKind.ResourceInUse, () => kinesis.Admin.CreateStreamAsync(stream.Name!, 1, cancellationToken: Cancelled).AsTask());
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_deleted_stream_is_gone(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        await kinesis.Admin.DeleteStreamAsync(stream, cancellationToken: Cancelled);

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled);
                    return false;
                }
                catch (KinesisApiException e) when (e.Kind == KinesisErrorKind.NotFound)
                {
                    return true;
                }
            },
            "the stream is gone");
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Retention_grows_and_shrinks_within_its_range(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        await kinesis.Admin.IncreaseStreamRetentionPeriodAsync(stream, 72, Cancelled);
        await kinesis.ActiveAsync(stream);
        Assert.Equal(72, (await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled)).RetentionPeriodHours);
        await kinesis.Admin.DecreaseStreamRetentionPeriodAsync(stream, 48, Cancelled);
        await kinesis.ActiveAsync(stream);
        Assert.Equal(48, (await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled)).RetentionPeriodHours);

        await FailsAsync(KinesisErrorKind.InvalidArgument, () => kinesis.Admin.IncreaseStreamRetentionPeriodAsync(stream, 24, Cancelled).AsTask());
        await FailsAsync(KinesisErrorKind.InvalidArgument, () => kinesis.Admin.DecreaseStreamRetentionPeriodAsync(stream, 72, Cancelled).AsTask());
        await FailsAsync(KinesisErrorKind.InvalidArgument, () => kinesis.Admin.IncreaseStreamRetentionPeriodAsync(stream, 8761, Cancelled).AsTask());
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_stream_answers_to_its_ARN_as_to_its_name(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);
        var byArn = StreamReference.Parse(await kinesis.ArnAsync(stream));

        var put = await kinesis.PutAsync(byArn, "k", "by ARN");

        var shard = Assert.Single(await kinesis.ShardsAsync(byArn));
        Assert.Equal(put.ShardId, shard.ShardId);
        Assert.Equal(["by ARN"], (await kinesis.ReadAsync(byArn, shard.ShardId, StartingPosition.TrimHorizon, 1)).Texts);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task An_on_demand_stream_starts_with_four_shards_and_can_be_made_provisioned(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);

        var stream = await kinesis.CreateStreamAsync(shards: null);
        var onDemand = await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled);
        await kinesis.Admin.UpdateStreamModeAsync(onDemand.StreamArn, "PROVISIONED", Cancelled);
        await kinesis.ActiveAsync(stream);

        var provisioned = await kinesis.Api.DescribeStreamSummaryAsync(stream, Cancelled);
        Assert.Equal(("ON_DEMAND", 4), (onDemand.StreamMode, onDemand.OpenShardCount));
        Assert.Equal(("PROVISIONED", 4), (provisioned.StreamMode, provisioned.OpenShardCount));
    }

    private static async Task FailsAsync(KinesisErrorKind kind, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<KinesisApiException>(call);
        Assert.Equal((kind, failure.Code), (failure.Kind, failure.Code));
    }
}
