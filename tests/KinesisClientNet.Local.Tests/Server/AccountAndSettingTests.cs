using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>The operations that only the local service itself has: account, settings, tags and policies.</summary>
public sealed class AccountAndSettingTests
{
    private const string Arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    [Fact]
    public async Task Every_operation_of_the_service_is_served_except_channels()
    {
        string[] operations =
        [
            "AddTagsToStream", "CreateStream", "DecreaseStreamRetentionPeriod", "DeleteResourcePolicy", "DeleteStream", "DeregisterStreamConsumer",
            "DescribeAccountSettings", "DescribeLimits", "DescribeStream", "DescribeStreamConsumer", "DescribeStreamSummary", "DisableEnhancedMonitoring",
            "EnableEnhancedMonitoring", "GetRecords", "GetResourcePolicy", "GetShardIterator", "IncreaseStreamRetentionPeriod", "ListShards",
            "ListStreamConsumers", "ListStreams", "ListTagsForResource", "ListTagsForStream", "MergeShards", "PutRecord", "PutRecords", "PutResourcePolicy",
            "RegisterStreamConsumer", "RemoveTagsFromStream", "SplitShard", "StartStreamEncryption", "StopStreamEncryption", "SubscribeToShard", "TagResource",
            "UntagResource", "UpdateAccountSettings", "UpdateMaxRecordSize", "UpdateShardCount", "UpdateStreamMode", "UpdateStreamRecordDistributionStrategy",
            "UpdateStreamWarmThroughput",
        ];
        var kinesis = new LocalKinesis(_clock);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);

        Assert.Equal(operations, new Local.Server.Operations.OperationTable(kinesis, kinesis).All.Select(operation => operation.Name).Order(StringComparer.Ordinal));
        Assert.Equal("UnknownOperationException", (await harness.RefusalAsync("CreateChannel", "{}")).Code);
    }

    [Fact]
    public async Task Streams_are_listed_by_name_in_pages_of_a_hundred_at_most()
    {
        var kinesis = new LocalKinesis(_clock);
        for (var i = 0; i < 103; i++)
            kinesis.AddStream($"s{i:D3}", 1);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);

        var first = await harness.AnswerAsync("ListStreams", """{"Limit":1000}""");
        var rest = await harness.AnswerAsync("ListStreams", $$"""{"NextToken":"{{first.GetProperty("NextToken").GetString()}}"}""");
        var byName = await harness.AnswerAsync("ListStreams", """{"ExclusiveStartStreamName":"s100","Limit":1}""");

        Assert.Equal(100, first.GetProperty("StreamNames").GetArrayLength());
        Assert.True(first.GetProperty("HasMoreStreams").GetBoolean());
        Assert.Equal(["s100", "s101", "s102"], Texts(rest, "StreamNames"));
        Assert.False(rest.GetProperty("HasMoreStreams").GetBoolean());
        Assert.False(rest.TryGetProperty("NextToken", out _));
        Assert.Equal(["s101"], Texts(byName, "StreamNames"));
        var summary = byName.GetProperty("StreamSummaries")[0];
        Assert.Equal("ACTIVE", summary.GetProperty("StreamStatus").GetString());
        Assert.Equal("PROVISIONED", summary.GetProperty("StreamModeDetails").GetProperty("StreamMode").GetString());
    }

    [Fact]
    public async Task A_listing_token_lives_300_seconds_and_another_text_is_none()
    {
        var kinesis = new LocalKinesis(_clock).AddStream("a", 1).AddStream("b", 1);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);
        var token = (await harness.AnswerAsync("ListStreams", """{"Limit":1}""")).GetProperty("NextToken").GetString();

        _clock.Advance(TimeSpan.FromSeconds(301));

        Assert.Equal("ExpiredNextTokenException", (await harness.RefusalAsync("ListStreams", $$"""{"NextToken":"{{token}}"}""")).Code);
        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("ListStreams", """{"NextToken":"rubbish"}""")).Code);
    }

    [Fact]
    public async Task Limits_count_shards_of_provisioned_streams_and_on_demand_streams()
    {
        var kinesis = new LocalKinesis(_clock, new() { MaxOpenShards = 30, MaxOnDemandStreams = 5 }).AddStream("orders", 3);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);
        await harness.DoAsync("CreateStream", """{"StreamName":"own","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""");

        var limits = await harness.AnswerAsync("DescribeLimits", "{}");

        Assert.Equal("""{"ShardLimit":30,"OpenShardCount":3,"OnDemandStreamCount":1,"OnDemandStreamCountLimit":5}""", limits.GetRawText());
    }

    [Fact]
    public async Task Tags_of_a_stream_are_the_same_by_both_families_of_calls()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock));
        await harness.DoAsync("CreateStream", """{"StreamName":"orders","ShardCount":1,"Tags":{"team":"red"}}""");

        await harness.DoAsync("AddTagsToStream", """{"StreamName":"orders","Tags":{"cost":"1/2","a":""}}""");
        await harness.DoAsync("TagResource", $$$"""{"ResourceARN":"{{{Arn}}}","Tags":{"team":"blue"}}""");
        await harness.DoAsync("RemoveTagsFromStream", """{"StreamName":"orders","TagKeys":["cost","missing"]}""");

        Assert.Equal(
            """{"Tags":[{"Key":"a","Value":""},{"Key":"team","Value":"blue"}],"HasMoreTags":false}""",
            (await harness.AnswerAsync("ListTagsForStream", """{"StreamName":"orders"}""")).GetRawText());
        Assert.Equal(
            """{"Tags":[{"Key":"a","Value":""}],"HasMoreTags":true}""",
            (await harness.AnswerAsync("ListTagsForStream", """{"StreamName":"orders","Limit":1}""")).GetRawText());
        await harness.DoAsync("UntagResource", $$"""{"ResourceARN":"{{Arn}}","TagKeys":["a"]}""");
        Assert.Equal(
            """{"Tags":[{"Key":"team","Value":"blue"}]}""",
            (await harness.AnswerAsync("ListTagsForResource", $$"""{"ResourceARN":"{{Arn}}"}""")).GetRawText());
    }

    [Theory]
    [InlineData("""{"aws:mine":"x"}""", "InvalidArgumentException")]
    [InlineData("""{"semi;colon":"x"}""", "InvalidArgumentException")]
    [InlineData("""{"":"x"}""", "ValidationException")]
    public async Task A_stream_with_a_wrong_tag_is_not_made(string tags, string code)
    {
        var kinesis = new LocalKinesis(_clock);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);

        Assert.Equal(code, (await harness.RefusalAsync("CreateStream", $$$"""{"StreamName":"orders","ShardCount":1,"Tags":{{{tags}}}}""")).Code);
        Assert.Empty(kinesis.Streams.All);
    }

    [Fact]
    public async Task A_resource_has_fifty_tags_at_most()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock).AddStream("orders", 1));
        var fifty = string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"k{i}\":\"v\""));

        await harness.DoAsync("AddTagsToStream", $$$"""{"StreamName":"orders","Tags":{{{{fifty}}}}}""");
        await harness.DoAsync("AddTagsToStream", """{"StreamName":"orders","Tags":{"k7":"again"}}""");

        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("AddTagsToStream", """{"StreamName":"orders","Tags":{"one":"more"}}""")).Code);
    }

    [Fact]
    public async Task A_consumer_has_tags_and_a_policy_of_its_own()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock).AddStream("orders", 1));
        var consumer = (await harness.AnswerAsync("RegisterStreamConsumer", $$$"""{"StreamARN":"{{{Arn}}}","ConsumerName":"billing","Tags":{"a":"b"}}"""))
            .GetProperty("Consumer").GetProperty("ConsumerARN").GetString();

        await harness.DoAsync("PutResourcePolicy", $$$"""{"ResourceARN":"{{{consumer}}}","Policy":"{\"Version\":\"2012-10-17\"}"}""");

        Assert.Equal("""{"Tags":[{"Key":"a","Value":"b"}]}""", (await harness.AnswerAsync("ListTagsForResource", $$"""{"ResourceARN":"{{consumer}}"}""")).GetRawText());
        Assert.Equal("""{"Version":"2012-10-17"}""", (await harness.AnswerAsync("GetResourcePolicy", $$"""{"ResourceARN":"{{consumer}}"}""")).GetProperty("Policy").GetString());
        Assert.Equal("ResourceNotFoundException", (await harness.RefusalAsync("GetResourcePolicy", $$"""{"ResourceARN":"{{Arn}}"}""")).Code);
        await harness.DoAsync("DeleteResourcePolicy", $$"""{"ResourceARN":"{{consumer}}"}""");
        Assert.Equal("ResourceNotFoundException", (await harness.RefusalAsync("DeleteResourcePolicy", $$"""{"ResourceARN":"{{consumer}}"}""")).Code);
        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("PutResourcePolicy", $$"""{"ResourceARN":"{{Arn}}","Policy":"no json"}""")).Code);
    }

    [Fact]
    public async Task Encryption_is_seen_on_the_stream_the_answer_and_the_records_put_since()
    {
        var kinesis = new LocalKinesis(_clock).AddStream("orders", 1);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);
        const string Put = """{"StreamName":"orders","Records":[{"Data":"","PartitionKey":"k"}]}""";

        await harness.AnswerAsync("PutRecords", Put);
        await harness.DoAsync("StartStreamEncryption", """{"StreamName":"orders","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}""");
        var put = await harness.AnswerAsync("PutRecords", Put);
        var summary = await SummaryAsync(harness);
        await harness.DoAsync("StopStreamEncryption", """{"StreamName":"orders","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}""");

        Assert.Equal("KMS", put.GetProperty("EncryptionType").GetString());
        Assert.Equal("alias/aws/kinesis", summary.GetProperty("KeyId").GetString());
        Assert.Equal("KMS", summary.GetProperty("EncryptionType").GetString());
        Assert.Equal(["NONE", "KMS"], kinesis.Stream("orders").Records().Select(record => record.EncryptionType));
        Assert.Equal("NONE", (await SummaryAsync(harness)).GetProperty("EncryptionType").GetString());
        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("StartStreamEncryption", """{"StreamName":"orders","EncryptionType":"NONE","KeyId":"k"}""")).Code);
        for (var i = 0; i < 23; i++)
            await harness.DoAsync("StopStreamEncryption", """{"StreamName":"orders","EncryptionType":"KMS","KeyId":"k"}""");
        Assert.Equal("LimitExceededException", (await harness.RefusalAsync("StopStreamEncryption", """{"StreamName":"orders","EncryptionType":"KMS","KeyId":"k"}""")).Code);
    }

    /// <summary>The operations that are served over HTTP only meet the plan's faults and the control plane's rates too.</summary>
    [Theory]
    [InlineData("ListStreams", "{}", 5)]
    [InlineData("DescribeLimits", "{}", 1)]
    [InlineData("DescribeAccountSettings", "{}", 5)]
    [InlineData("ListTagsForStream", """{"StreamName":"orders"}""", 5)]
    [InlineData("ListTagsForResource", $$"""{"ResourceARN":"{{Arn}}"}""", 0)]
    [InlineData("EnableEnhancedMonitoring", """{"StreamName":"orders","ShardLevelMetrics":["ALL"]}""", 5)]
    [InlineData("AddTagsToStream", """{"StreamName":"orders","Tags":{"a":"b"}}""", 5)]
    public async Task Operations_over_HTTP_meet_faults_and_rates(string operation, string body, int callsPerSecond)
    {
        var kinesis = new LocalKinesis(_clock, new() { Throttling = LocalThrottling.Strict }).AddStream("orders", 1);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);
        var named = Enum.Parse<LocalOperation>(operation);
        if (callsPerSecond > 0)
        {
            for (var i = 0; i < callsPerSecond; i++)
                (await SendAsync()).Dispose();
            Assert.Equal("LimitExceededException", (await harness.RefusalAsync(Signed())).Code);
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        kinesis.Faults.Next(operation.EndsWith("Stream", StringComparison.Ordinal) ? new FaultTarget(named, "orders") : named, Fault.Error(Core.Service.KinesisErrorKind.AccessDenied, "AccessDeniedException"));
        Assert.Equal("AccessDeniedException", (await harness.RefusalAsync(Signed())).Code);
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await SendAsync()).Dispose();

        HttpRequestMessage Signed()
        {
            var request = harness.Request(operation, body);
            request.Headers.Remove("X-Amz-Date");
            request.Headers.TryAddWithoutValidation("X-Amz-Date", _clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture));
            return request;
        }

        async Task<HttpResponseMessage> SendAsync()
        {
            var response = await harness.SendAsync(Signed());
            Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
            return response;
        }
    }

    [Fact]
    public async Task Monitoring_is_answered_with_the_metrics_before_and_after()
    {
        var kinesis = new LocalKinesis(_clock).AddStream("orders", 1);
        await using var harness = await ServerHarness.StartInFrontOfAsync(kinesis);

        var on = await harness.AnswerAsync("EnableEnhancedMonitoring", """{"StreamName":"orders","ShardLevelMetrics":["ALL"]}""");
        await harness.AnswerAsync("PutRecord", """{"StreamName":"orders","PartitionKey":"k","Data":"eA=="}""");
        Assert.Equal(2, kinesis.Metrics.Total(new("IncomingBytes", "orders", "shardId-000000000000")).Sum);
        var off = await harness.AnswerAsync("DisableEnhancedMonitoring", """{"StreamName":"orders","ShardLevelMetrics":["IncomingBytes","OutgoingBytes"]}""");

        Assert.Empty(Texts(on, "CurrentShardLevelMetrics"));
        Assert.Equal(7, Texts(on, "DesiredShardLevelMetrics").Length);
        Assert.Equal(7, Texts(off, "CurrentShardLevelMetrics").Length);
        Assert.Equal(5, Texts(off, "DesiredShardLevelMetrics").Length);
        Assert.Equal(Texts(off, "DesiredShardLevelMetrics"), Texts((await SummaryAsync(harness)).GetProperty("EnhancedMonitoring")[0], "ShardLevelMetrics"));
    }

    [Fact]
    public async Task A_larger_record_size_takes_larger_records()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock).AddStream("orders", 1));
        var put = $$"""{"StreamName":"orders","PartitionKey":"k","Data":"{{Convert.ToBase64String(new byte[2_000_000])}}"}""";

        var refusal = await harness.RefusalAsync("PutRecord", put);
        await harness.DoAsync("UpdateMaxRecordSize", $$"""{"StreamARN":"{{Arn}}","MaxRecordSizeInKiB":2048}""");

        Assert.Equal("InvalidArgumentException", refusal.Code);
        Assert.Equal("shardId-000000000000", (await harness.AnswerAsync("PutRecord", put)).GetProperty("ShardId").GetString());
        Assert.Equal("ValidationException", (await harness.RefusalAsync("UpdateMaxRecordSize", $$"""{"StreamARN":"{{Arn}}","MaxRecordSizeInKiB":1023}""")).Code);
    }

    [Fact]
    public async Task Automatic_distribution_is_for_on_demand_streams_and_takes_records_without_keys()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock).AddStream("orders", 1));
        await harness.DoAsync("CreateStream", """{"StreamName":"own","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}""");
        var own = Arn.Replace("orders", "own", StringComparison.Ordinal);
        const string Keyless = """{"StreamName":"own","Records":[{"Data":"AQ=="}]}""";

        var before = await harness.RefusalAsync("PutRecords", Keyless);
        await harness.DoAsync("UpdateStreamRecordDistributionStrategy", $$"""{"StreamARN":"{{own}}","RecordDistributionStrategy":"AUTO"}""");
        var after = await harness.AnswerAsync("PutRecords", Keyless);

        Assert.Equal("ValidationException", before.Code);
        Assert.Equal(0, after.GetProperty("FailedRecordCount").GetInt32());
        Assert.Equal("ValidationException", (await harness.RefusalAsync("UpdateStreamRecordDistributionStrategy", $$"""{"StreamARN":"{{Arn}}","RecordDistributionStrategy":"AUTO"}""")).Code);
    }

    [Fact]
    public async Task The_billing_commitment_lasts_a_day_and_allows_warm_throughput()
    {
        await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(_clock));
        const string Warm = """{"StreamName":"own","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"WarmThroughputMiBps":100}""";
        const string Enable = """{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}""", Disable = """{"MinimumThroughputBillingCommitment":{"Status":"DISABLED"}}""";

        var refusal = await harness.RefusalAsync("CreateStream", Warm);
        var enabled = await harness.AnswerAsync("UpdateAccountSettings", Enable);
        await harness.DoAsync("CreateStream", Warm);
        var raised = await harness.AnswerAsync("UpdateStreamWarmThroughput", """{"StreamName":"own","WarmThroughputMiBps":200}""");
        var ending = await harness.AnswerAsync("UpdateAccountSettings", Disable);
        _clock.Advance(TimeSpan.FromHours(24));
        var ended = await harness.AnswerAsync("DescribeAccountSettings", "{}");

        Assert.Equal("ValidationException", refusal.Code);
        Assert.Equal("""{"MinimumThroughputBillingCommitment":{"Status":"ENABLED","StartedAt":1700000000,"EarliestAllowedEndAt":1700086400}}""", enabled.GetRawText());
        Assert.Equal("""{"TargetMiBps":200,"CurrentMiBps":200}""", raised.GetProperty("WarmThroughput").GetRawText());
        Assert.Equal("ENABLED_UNTIL_EARLIEST_ALLOWED_END", Status(ending));
        Assert.Equal("DISABLED", Status(ended));
        Assert.Equal("ValidationException", (await harness.RefusalAsync("UpdateStreamWarmThroughput", """{"StreamName":"own","WarmThroughputMiBps":300}""")).Code);

        static string? Status(JsonElement answer) => answer.GetProperty("MinimumThroughputBillingCommitment").GetProperty("Status").GetString();
    }

    private static async Task<JsonElement> SummaryAsync(ServerHarness harness) =>
        (await harness.AnswerAsync("DescribeStreamSummary", """{"StreamName":"orders"}""")).GetProperty("StreamDescriptionSummary");

    private static string?[] Texts(JsonElement answer, string name) => [.. answer.GetProperty(name).EnumerateArray().Select(text => text.GetString())];
}
