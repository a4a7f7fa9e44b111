using System.Net;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Server;

public sealed class ControlOperationTests
{
    private const string Arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("CreateStream", """{"StreamName":"new","ShardCount":3}""", "CreateStream new 3 ")]
    [InlineData("CreateStream", """{"StreamName":"new","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"MaxRecordSizeInKiB":10240}""", "CreateStream new  10240")]
    [InlineData("DeleteStream", """{"StreamName":"orders","EnforceConsumerDeletion":true}""", "DeleteStream orders True")]
    [InlineData("SplitShard", """{"StreamName":"orders","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}""", "SplitShard orders shardId-000000000000 170141183460469231731687303715884105728")]
    [InlineData("MergeShards", """{"StreamName":"orders","ShardToMerge":"shardId-000000000000","AdjacentShardToMerge":"shardId-000000000001"}""", "MergeShards orders shardId-000000000000 shardId-000000000001")]
    [InlineData("IncreaseStreamRetentionPeriod", """{"StreamName":"orders","RetentionPeriodHours":48}""", "IncreaseRetention orders 48")]
    [InlineData("DecreaseStreamRetentionPeriod", """{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders","RetentionPeriodHours":24.9}""", "DecreaseRetention arn:aws:kinesis:us-east-1:000000000000:stream/orders 24")]
    [InlineData("UpdateStreamMode", """{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders","StreamModeDetails":{"StreamMode":"PROVISIONED"}}""", "UpdateStreamMode arn:aws:kinesis:us-east-1:000000000000:stream/orders PROVISIONED")]
    [InlineData("DeregisterStreamConsumer", """{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000"}""", "Deregister arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000")]
    [InlineData("DeregisterStreamConsumer", """{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders","ConsumerName":"billing"}""", "Deregister arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000")]
    public async Task An_operation_without_output_is_answered_with_no_body_at_all(string operation, string json, string call)
    {
        await using var harness = await ServerHarness.StartAsync();

        using var response = await harness.CallAsync(operation, json);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(call, Assert.Single(harness.Kinesis.Calls));
        Assert.Equal(0, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_summary_has_the_members_of_the_model()
    {
        await using var harness = await ServerHarness.StartAsync();

        var answer = await harness.AnswerAsync("DescribeStreamSummary", """{"StreamName":"orders"}""");

        Assert.Equal(
            $$$"""{"StreamDescriptionSummary":{"StreamName":"orders","StreamARN":"{{{Arn}}}","StreamStatus":"ACTIVE","StreamModeDetails":{"StreamMode":"PROVISIONED"},"RetentionPeriodHours":24,"StreamCreationTimestamp":1700000000.123,"EnhancedMonitoring":[{"ShardLevelMetrics":[]}],"OpenShardCount":2,"ConsumerCount":1,"MaxRecordSizeInKiB":1024}}""",
            answer.GetRawText());
    }

    [Fact]
    public async Task Shards_are_listed_with_lineage_ranges_and_an_end_only_when_closed()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnListShards = _ => new(
            [
                new() { ShardId = "shardId-000000000000", HashKeyRange = HashKeyRange.Full, StartingSequenceNumber = SequenceNumber.FromBits(0, 1), EndingSequenceNumber = SequenceNumber.FromBits(0, 9) },
                new() { ShardId = "shardId-000000000001", ParentShardId = "shardId-000000000000", AdjacentParentShardId = "x", HashKeyRange = HashKeyRange.Full, StartingSequenceNumber = SequenceNumber.FromBits(0, 10) },
            ],
            "more");

        var list = await harness.AnswerAsync("ListShards", """{"StreamName":"orders","MaxResults":9999}""");
        var description = await harness.AnswerAsync("DescribeStream", """{"StreamName":"orders"}""");

        const string Shards = """[{"ShardId":"shardId-000000000000","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"},"SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":"9"}},{"ShardId":"shardId-000000000001","ParentShardId":"shardId-000000000000","AdjacentParentShardId":"x","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"},"SequenceNumberRange":{"StartingSequenceNumber":"10"}}]""";
        Assert.Equal($$"""{"Shards":{{Shards}},"NextToken":"more"}""", list.GetRawText());
        Assert.Equal("ListShards orders    9999", harness.Kinesis.Calls[0]);
        Assert.Equal(Shards, description.GetProperty("StreamDescription").GetProperty("Shards").GetRawText());
        Assert.False(description.GetProperty("StreamDescription").GetProperty("HasMoreShards").GetBoolean());
    }

    [Theory]
    [InlineData("""{"Type":"AT_LATEST"}""", "AtLatest")]
    [InlineData("""{"Type":"AT_TRIM_HORIZON"}""", "AtTrimHorizon")]
    [InlineData("""{"Type":"FROM_TRIM_HORIZON"}""", "FromTrimHorizon")]
    [InlineData("""{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000003"}""", "AfterShardId")]
    [InlineData("""{"Type":"AT_TIMESTAMP","Timestamp":1700000000}""", "AtTimestamp")]
    [InlineData("""{"Type":"FROM_TIMESTAMP","Timestamp":1700000000}""", "FromTimestamp")]
    public async Task Shard_filters_are_understood(string filter, string expected)
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.AnswerAsync("ListShards", $$"""{"StreamName":"orders","ShardFilter":{{filter}}}""");

        Assert.Equal($"ListShards orders {expected}   ", Assert.Single(harness.Kinesis.Calls));
    }

    [Theory]
    [InlineData("""{"StreamName":"orders","NextToken":"t"}""")]
    [InlineData("""{"NextToken":"t","ExclusiveStartShardId":"shardId-000000000000"}""")]
    [InlineData("""{"StreamName":"orders","ShardFilter":{"Type":"AFTER_SHARD_ID"}}""")]
    [InlineData("""{"StreamName":"orders","ShardFilter":{"Type":"AT_TIMESTAMP"}}""")]
    [InlineData("{}")]
    public async Task Listings_that_contradict_themselves_are_invalid_arguments(string json)
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("ListShards", json)).Code);
    }

    [Fact]
    public async Task A_listing_of_an_earlier_incarnation_finds_nothing()
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.AnswerAsync("ListShards", """{"StreamName":"orders","StreamCreationTimestamp":1700000000}""");
        var refusal = await harness.RefusalAsync("ListShards", """{"StreamName":"orders","StreamCreationTimestamp":1600000000}""");

        Assert.Equal("ResourceNotFoundException", refusal.Code);
    }

    [Theory]
    [InlineData("""{"StreamName":"new"}""")]
    [InlineData("""{"StreamName":"new","ShardCount":1,"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""")]
    public async Task A_shard_count_belongs_to_provisioned_streams_only(string json)
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("CreateStream", json)).Code);
    }

    [Fact]
    public async Task Scaling_is_answered_with_the_count_before_and_the_target()
    {
        await using var harness = await ServerHarness.StartAsync();

        var answer = await harness.AnswerAsync("UpdateShardCount", """{"StreamName":"orders","TargetShardCount":4,"ScalingType":"UNIFORM_SCALING"}""");

        Assert.Equal("UpdateShardCount orders 4", Assert.Single(harness.Kinesis.Calls));
        Assert.Equal($$"""{"StreamName":"orders","CurrentShardCount":2,"TargetShardCount":4,"StreamARN":"{{Arn}}"}""", answer.GetRawText());
    }

    [Fact]
    public async Task Consumers_are_registered_described_and_listed()
    {
        await using var harness = await ServerHarness.StartAsync();

        var registered = await harness.AnswerAsync("RegisterStreamConsumer", $$"""{"StreamARN":"{{Arn}}","ConsumerName":"billing"}""");
        var described = await harness.AnswerAsync("DescribeStreamConsumer", $$"""{"ConsumerARN":"{{Arn}}/consumer/billing:1700000000"}""");
        var listed = await harness.AnswerAsync("ListStreamConsumers", $$"""{"StreamARN":"{{Arn}}"}""");

        var consumer = $$"""{"ConsumerName":"billing","ConsumerARN":"{{Arn}}/consumer/billing:1700000000","ConsumerStatus":"ACTIVE","ConsumerCreationTimestamp":1700000000}""";
        Assert.Equal($$"""{"Consumer":{{consumer}}}""", registered.GetRawText());
        Assert.Equal($$$"""{"ConsumerDescription":{{{consumer[..^1]}}},"StreamARN":"{{{Arn}}}"}}""", described.GetRawText());
        Assert.Equal($$"""{"Consumers":[{{consumer}}]}""", listed.GetRawText());
    }

    [Theory]
    [InlineData("""{"ConsumerName":"billing"}""", "InvalidArgumentException")]
    [InlineData("""{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1","ConsumerName":"other"}""", "InvalidArgumentException")]
    [InlineData("""{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/order"}""", "InvalidArgumentException")]
    [InlineData("""{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders"}""", "ValidationException")]
    public async Task A_consumer_must_be_named_fully_and_without_contradiction(string json, string code)
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal(code, (await harness.RefusalAsync("DescribeStreamConsumer", json)).Code);
    }
}
