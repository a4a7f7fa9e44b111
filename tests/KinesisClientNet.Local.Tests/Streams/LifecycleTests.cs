using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Streams;

public class LifecycleTests
{
    private const string First = "shardId-000000000000";
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Stream_is_creating_until_its_delay_is_over()
    {
        var local = new LocalFixture(options: new() { Delays = { CreateStream = Delay } });

        Assert.Equal("CREATING", local.Stream.Status);
        Assert.Empty((await local.Kinesis.DescribeStreamAsync(local.Reference, cancellationToken: LocalFixture.Token)).Shards);
        await LocalFixture.RefusedAsync(local.PutAsync("early"), "ResourceNotFoundException");
        await LocalFixture.RefusedAsync(local.Kinesis.ListShardsAsync(new(local.Reference), LocalFixture.Token), "ResourceInUseException");
        LocalFixture.Refused(() => local.Kinesis.AddStream(LocalFixture.StreamName, 1), "ResourceInUseException");
        LocalFixture.Refused(() => local.Stream.Split(First), "ResourceInUseException");

        local.Clock.Advance(Delay);
        Assert.Equal("ACTIVE", local.Stream.Status);
        Assert.True((await local.PutAsync("now")).Succeeded);
    }

    [Fact]
    public async Task Shards_change_when_updating_is_over_and_the_stream_works_meanwhile()
    {
        var local = new LocalFixture(options: new() { Delays = { UpdateStream = Delay } });
        local.Stream.Split(First);

        Assert.Equal("UPDATING", local.Stream.Status);
        Assert.Equal(First, (await local.PutAsync("meanwhile")).ShardId);
        LocalFixture.Refused(() => local.Stream.Split(First), "ResourceInUseException");
        LocalFixture.Refused(() => local.Stream.UpdateShardCount(2), "ResourceInUseException");

        local.Clock.Advance(Delay);
        Assert.Equal("ACTIVE", local.Stream.Status);
        Assert.NotEqual(First, (await local.PutAsync("after")).ShardId);
        Assert.Equal(["meanwhile"], await local.TextsAsync(StartingPosition.TrimHorizon));
    }

    [Fact]
    public async Task Deleted_stream_is_deleting_and_then_gone_and_its_name_is_free()
    {
        var local = new LocalFixture(options: new() { Delays = { DeleteStream = Delay } });
        var stream = local.Stream;
        await local.Kinesis.DeleteStreamAsync(local.Reference, cancellationToken: LocalFixture.Token);

        Assert.Equal("DELETING", stream.Status);
        LocalFixture.Refused(() => local.Kinesis.AddStream(LocalFixture.StreamName, 1), "ResourceInUseException");

        local.Clock.Advance(Delay);
        Assert.Equal("GONE", stream.Status);
        LocalFixture.Refused(() => _ = local.Stream, "ResourceNotFoundException");
        await LocalFixture.RefusedAsync(stream.PutAsync("key", LocalFixture.Bytes("late")), "ResourceNotFoundException");
        LocalFixture.Refused(() => stream.Split(First), "ResourceNotFoundException");
        local.Kinesis.AddStream(LocalFixture.StreamName, 1);
        Assert.NotSame(stream, local.Stream);
    }

    [Fact]
    public void No_more_than_five_streams_are_created_at_once()
    {
        var local = new LocalFixture(shards: 0, new() { Delays = { CreateStream = Delay } });
        for (var i = 0; i < 5; i++)
            local.Kinesis.AddStream($"s{i}", 1);

        LocalFixture.Refused(() => local.Kinesis.AddStream("s5", 1), "LimitExceededException");
        local.Clock.Advance(Delay);
        local.Kinesis.AddStream("s5", 1);
    }

    [Fact]
    public async Task Stream_with_consumers_is_deleted_only_when_enforced()
    {
        var local = new LocalFixture();
        await local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token);

        var error = await Assert.ThrowsAsync<KinesisApiException>(
            async () => await local.Kinesis.DeleteStreamAsync(local.Reference, cancellationToken: LocalFixture.Token));
        await local.Kinesis.DeleteStreamAsync(local.Reference, enforceConsumerDeletion: true, LocalFixture.Token);

        Assert.Equal("ResourceInUseException", error.Code);
        LocalFixture.Refused(() => _ = local.Stream, "ResourceNotFoundException");
    }

    [Fact]
    public async Task Summary_says_what_the_stream_is()
    {
        var local = new LocalFixture(shards: 3, new() { AccountId = "123456789012", Region = "eu-west-1" });
        await local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token);

        var summary = await local.Kinesis.DescribeStreamSummaryAsync(new(null, local.Stream.Arn), LocalFixture.Token);

        Assert.Equal(
            new StreamSummary
            {
                StreamName = "orders",
                StreamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
                StreamStatus = "ACTIVE",
                StreamMode = "PROVISIONED",
                RetentionPeriodHours = 24,
                StreamCreationTimestamp = LocalFixture.Start,
                EncryptionType = "NONE",
                OpenShardCount = 3,
                ConsumerCount = 1,
                MaxRecordSizeInKiB = 1024,
                RecordDistributionStrategy = "USER_PARTITION_KEY",
            },
            summary);
    }

    [Theory]
    [InlineData("orders", "arn:aws:kinesis:us-east-1:000000000000:stream/other", "InvalidArgumentException")]
    [InlineData(null, "arn:aws:kinesis:eu-west-1:000000000000:stream/orders", "ResourceNotFoundException")]
    [InlineData(null, "arn:aws:s3:::bucket", "ValidationException")]
    [InlineData(null, null, "InvalidArgumentException")]
    [InlineData("nobody", null, "ResourceNotFoundException")]
    public async Task Reference_to_no_stream_is_refused(string? name, string? arn, string code) => await LocalFixture.RefusedAsync(
        new LocalFixture().Kinesis.DescribeStreamSummaryAsync(new(name, arn), LocalFixture.Token), code);

    [Theory]
    [InlineData("")]
    [InlineData("or ders")]
    [InlineData("örders")]
    public void Stream_name_of_other_characters_is_refused(string name) =>
        LocalFixture.Refused(() => new LocalFixture(shards: 0).Kinesis.AddStream(name, 1), "ValidationException");

    [Theory]
    [InlineData(23, true, "ValidationException")]
    [InlineData(8761, true, "ValidationException")]
    [InlineData(25, false, "InvalidArgumentException")]
    public async Task Retention_out_of_range_or_in_the_wrong_direction_is_refused(int hours, bool increase, string code)
    {
        var local = new LocalFixture();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await (increase
            ? local.Kinesis.IncreaseStreamRetentionPeriodAsync(local.Reference, hours, LocalFixture.Token)
            : local.Kinesis.DecreaseStreamRetentionPeriodAsync(local.Reference, hours, LocalFixture.Token)));

        Assert.Equal(code, error.Code);
    }

    [Theory]
    [InlineData("12345", "us-east-1", 1, "AccountId")]
    [InlineData("000000000000", "", 1, "Region")]
    [InlineData("000000000000", "us-east-1", 0, "MaxOpenShards")]
    public void Setting_out_of_range_is_named_at_construction(string account, string region, int shards, string named)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new LocalKinesis(null, new() { AccountId = account, Region = region, MaxOpenShards = shards }));

        Assert.Contains($"LocalKinesisOptions.{named}", error.Message, StringComparison.Ordinal);
    }
}
