using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Service;

/// <summary>Every operation of the control plane: what goes out, what is made of the answer.</summary>
public sealed class ControlPlaneTests
{
    private const string StreamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
    private const string ConsumerArn = StreamArn + "/consumer/billing:1700000000";

    private static readonly StreamReference Stream = new("orders");

    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, Func<KinesisHttpApi, ValueTask>> Changes => new()
    {
        { "CreateStream", """{"StreamName":"orders","ShardCount":4,"StreamModeDetails":{"StreamMode":"PROVISIONED"}}""", api => api.CreateStreamAsync("orders", 4) },
        { "CreateStream", """{"StreamName":"orders","MaxRecordSizeInKiB":10240,"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""", api => api.CreateStreamAsync("orders", null, 10240) },
        { "DeleteStream", """{"StreamName":"orders","EnforceConsumerDeletion":true}""", api => api.DeleteStreamAsync(Stream, true) },
        { "SplitShard", """{"StreamName":"orders","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"340282366920938463463374607431768211454"}""", api => api.SplitShardAsync(Stream, "shardId-000000000000", UInt128.MaxValue - 1) },
        { "MergeShards", """{"StreamName":"orders","ShardToMerge":"a","AdjacentShardToMerge":"b"}""", api => api.MergeShardsAsync(Stream, "a", "b") },
        { "UpdateShardCount", """{"StreamName":"orders","TargetShardCount":8,"ScalingType":"UNIFORM_SCALING"}""", api => api.UpdateShardCountAsync(Stream, 8) },
        { "UpdateStreamMode", $$$"""{"StreamARN":"{{{StreamArn}}}","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""", api => api.UpdateStreamModeAsync(StreamArn, "ON_DEMAND") },
        { "IncreaseStreamRetentionPeriod", """{"StreamName":"orders","RetentionPeriodHours":48}""", api => api.IncreaseStreamRetentionPeriodAsync(Stream, 48) },
        { "DecreaseStreamRetentionPeriod", """{"StreamName":"orders","RetentionPeriodHours":24}""", api => api.DecreaseStreamRetentionPeriodAsync(Stream, 24) },
        { "DeregisterStreamConsumer", $$"""{"ConsumerARN":"{{ConsumerArn}}"}""", api => api.DeregisterStreamConsumerAsync(ConsumerArn) },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_goes_out_with_its_members_and_takes_an_empty_answer(string operation, string body, Func<KinesisHttpApi, ValueTask> call)
    {
        var service = new FakeService().Answers("");
        await using var api = service.Client();

        await call(api);

        Assert.Equal("Kinesis_20131202." + operation, service.Requests[0].Target);
        Assert.Equal(body, service.Requests[0].Text);
    }

    [Fact]
    public async Task A_summary_is_read_whole()
    {
        var service = new FakeService().Answers($$"""
            {"StreamDescriptionSummary":{"StreamName":"orders","StreamARN":"{{StreamArn}}","StreamStatus":"UPDATING","StreamModeDetails":{"StreamMode":"ON_DEMAND","X":1},
             "RetentionPeriodHours":48,"StreamCreationTimestamp":1700000000.5,"EnhancedMonitoring":[{"ShardLevelMetrics":[]}],"EncryptionType":"KMS","KeyId":"k",
             "OpenShardCount":4,"ConsumerCount":2,"MaxRecordSizeInKiB":10240,"RecordDistributionStrategy":"AUTO","WarmThroughput":{"TargetMiBps":1} } }
            """);
        await using var api = service.Client();

        var summary = await api.DescribeStreamSummaryAsync(Stream, Token);

        Assert.Equal(
            new StreamSummary
            {
                StreamName = "orders", StreamArn = StreamArn, StreamStatus = "UPDATING", StreamMode = "ON_DEMAND", RetentionPeriodHours = 48,
                StreamCreationTimestamp = Created, EncryptionType = "KMS", OpenShardCount = 4, ConsumerCount = 2, MaxRecordSizeInKiB = 10240,
                RecordDistributionStrategy = "AUTO",
            },
            summary);
    }

    [Fact]
    public async Task Shards_are_read_with_their_lineage()
    {
        var service = new FakeService().Answers("""
            {"NextToken":"more","Shards":[
             {"ShardId":"shardId-000000000002","ParentShardId":"shardId-000000000000","AdjacentParentShardId":"shardId-000000000001",
              "HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"9"},"SequenceNumberRange":{"StartingSequenceNumber":"5","EndingSequenceNumber":null}},
             {"ShardId":"shardId-000000000000","ParentShardId":null,"HashKeyRange":{"EndingHashKey":"4","StartingHashKey":"0"},
              "SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":"3"}}]}
            """);
        await using var api = service.Client();

        var page = await api.ListShardsAsync(new(Stream, new(ShardFilterType.AtTimestamp, null, Created), MaxResults: 10), Token);

        Assert.Equal(
            """{"StreamName":"orders","MaxResults":10,"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":1700000000.5}}""", service.Requests[0].Text);
        Assert.Equal("more", page.NextToken);
        Assert.True(page.Shards[0].IsOpen);
        Assert.Equal("shardId-000000000001", page.Shards[0].AdjacentParentShardId);
        Assert.False(page.Shards[1].IsOpen);
        Assert.Null(page.Shards[1].ParentShardId);
        Assert.Equal(new(0, 4), page.Shards[1].HashKeyRange);
    }

    [Fact]
    public async Task Beside_a_token_no_stream_and_no_filter_go_out()
    {
        var service = new FakeService().Answers("""{"Shards":[],"NextToken":null}""");
        await using var api = service.Client();

        var page = await api.ListShardsAsync(new(Stream, new(ShardFilterType.AtLatest), "more", "shardId-000000000000", 100), Token);

        Assert.Equal("""{"NextToken":"more","MaxResults":100}""", service.Requests[0].Text);
        Assert.Null(page.NextToken);
    }

    [Fact]
    public async Task A_description_pages_through_its_shards()
    {
        var service = new FakeService().Answers($$"""
            {"StreamDescription":{"StreamName":"orders","StreamARN":"{{StreamArn}}","StreamStatus":"ACTIVE","HasMoreShards":true,"RetentionPeriodHours":24,"StreamCreationTimestamp":1.7000000005E9,
             "Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"4"},"SequenceNumberRange":{"StartingSequenceNumber":"1"} } ] } }
            """);
        await using var api = service.Client();

        var description = await api.DescribeStreamAsync(Stream, "shardId-000000000009", 50, Token);

        Assert.Equal("""{"StreamName":"orders","ExclusiveStartShardId":"shardId-000000000009","Limit":50}""", service.Requests[0].Text);
        Assert.True(description.HasMoreShards);
        Assert.Equal(1, description.Summary.OpenShardCount);
        Assert.Equal(Created, description.Summary.StreamCreationTimestamp);
    }

    public static TheoryData<StartingPosition, string> Positions => new()
    {
        { StartingPosition.TrimHorizon, "\"ShardIteratorType\":\"TRIM_HORIZON\"" },
        { StartingPosition.Latest, "\"ShardIteratorType\":\"LATEST\"" },
        { StartingPosition.At(SequenceNumber.Parse("7")), "\"ShardIteratorType\":\"AT_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"7\"" },
        { StartingPosition.After(SequenceNumber.Parse("7")), "\"ShardIteratorType\":\"AFTER_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"7\"" },
        { StartingPosition.AtTimestamp(Created), "\"ShardIteratorType\":\"AT_TIMESTAMP\",\"Timestamp\":1700000000.5" },
    };

    [Theory]
    [MemberData(nameof(Positions))]
    public async Task An_iterator_starts_where_it_is_told(StartingPosition position, string members)
    {
        var service = new FakeService().Answers("""{"ShardIterator":"AAAA"}""");
        await using var api = service.Client();

        Assert.Equal("AAAA", await api.GetShardIteratorAsync(Stream, "shardId-000000000001", position, Token));

        Assert.Equal($$"""{"StreamName":"orders","ShardId":"shardId-000000000001",{{members}}}""", service.Requests[0].Text);
    }

    [Fact]
    public async Task Consumers_are_registered_described_and_listed()
    {
        const string Consumer = "\"ConsumerName\":\"billing\",\"ConsumerARN\":\"" + ConsumerArn + "\",\"ConsumerStatus\":\"CREATING\",\"ConsumerCreationTimestamp\":1700000000.5";
        var service = new FakeService()
            .Answers("{\"Consumer\":{" + Consumer + "}}")
            .Answers("{\"ConsumerDescription\":{" + Consumer + ",\"StreamARN\":\"" + StreamArn + "\"}}")
            .Answers("{\"ConsumerDescription\":{" + Consumer + "}}")
            .Answers("{\"NextToken\":\"\",\"Consumers\":[{" + Consumer + "}]}");
        await using var api = service.Client();
        var expected = new StreamConsumer("billing", ConsumerArn, "CREATING", Created, StreamArn);

        Assert.Equal(expected, await api.RegisterStreamConsumerAsync(StreamArn, "billing", Token));
        Assert.Equal(expected, await api.DescribeStreamConsumerAsync(ConsumerArn, Token));
        Assert.Equal(expected with { StreamArn = null }, await api.DescribeStreamConsumerAsync(StreamArn, "billing", Token));
        var page = await api.ListStreamConsumersAsync(StreamArn, "token", Token);

        Assert.Equal([expected with { StreamArn = null }], page.Consumers);
        Assert.Null(page.NextToken);
        Assert.Equal($$"""{"StreamARN":"{{StreamArn}}","ConsumerName":"billing"}""", service.Requests[0].Text);
        Assert.Equal($$"""{"ConsumerARN":"{{ConsumerArn}}"}""", service.Requests[1].Text);
        Assert.Equal($$"""{"StreamARN":"{{StreamArn}}","ConsumerName":"billing"}""", service.Requests[2].Text);
        Assert.Equal($$"""{"StreamARN":"{{StreamArn}}","NextToken":"token"}""", service.Requests[3].Text);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"StreamDescriptionSummary":null}""")]
    [InlineData("""{"StreamDescriptionSummary":{"StreamName":"orders"}}""")]
    [InlineData("""{"StreamDescriptionSummary":{"StreamName":7,"StreamARN":"a","StreamStatus":"ACTIVE"}}""")]
    [InlineData("""{"StreamDescriptionSummary":{"StreamName":"\uD800","StreamARN":"a","StreamStatus":"ACTIVE"}}""")]
    [InlineData("""{"StreamDescriptionSummary":{"StreamName":"o","StreamARN":"a","StreamStatus":"ACTIVE","OpenShardCount":99999999999}}""")]
    [InlineData("""{"StreamDescriptionSummary":{"StreamName":"o","StreamARN":"a","StreamStatus":"ACTIVE"}""")]
    public async Task An_answer_without_sense_is_malformed(string json)
    {
        var service = new FakeService().Answers(json);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(Stream, Token));

        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
    }

    [Fact]
    public async Task Deep_nesting_in_an_unknown_member_is_malformed_and_no_stack_overflow()
    {
        var deep = "{\"X\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        var service = new FakeService().Answers(deep);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.ListShardsAsync(new(Stream), Token));

        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
    }
}
