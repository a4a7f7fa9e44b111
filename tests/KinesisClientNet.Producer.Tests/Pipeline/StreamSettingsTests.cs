using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: AUTO record distribution is detected, and nothing is packed or predicted there.</summary>
public sealed class StreamSettingsTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_an_auto_stream_every_record_travels_alone_and_each_is_stored_once()
    {
        await using var rig = new ProducerRig(new LocalStreamOptions { ShardCount = null, IsAutoDistributed = true });
        var producer = rig.Create();

        for (var i = 0; i < 300; i++)
            await producer.EnqueueAsync($"key-{i % 5}", Encoding.UTF8.GetBytes($"{i}"), Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(300, rig.Stored().Count(record => !record.WasAggregated));
        Assert.Equal(0, rig.Api.Listings);
        Assert.Equal(0, producer.PendingBytes);
    }

    [Fact]
    public async Task On_an_auto_stream_the_partition_key_may_be_missing()
    {
        await using var rig = new ProducerRig(new LocalStreamOptions { ShardCount = null, IsAutoDistributed = true });
        var producer = rig.Create(options => options.AssumeAutoDistribution = true);

        await rig.UntilAsync(producer.SendAsync(null, "x"u8.ToArray(), Stop).AsTask());

        Assert.Null(Assert.Single(rig.Stored()).Key);
    }

    [Fact]
    public async Task A_stream_that_changes_its_distribution_while_the_producer_runs_is_followed_both_ways()
    {
        await using var rig = new ProducerRig(shards: 2);
        var producer = rig.Create(options => options.StreamSettingsInterval = TimeSpan.FromSeconds(10));
        string[] rounds = ["packed", "alone", "packed-again"];
        foreach (var round in rounds)
        {
            rig.Api.ChangeSummary = summary => summary with { RecordDistributionStrategy = round == "alone" ? "AUTO" : "USER_PARTITION_KEY" };
            await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
            await rig.PassAsync(TimeSpan.FromSeconds(11), TimeSpan.FromMilliseconds(100));

            for (var i = 0; i < 100; i++)
                await producer.EnqueueAsync($"{round}-{i}", default, Stop);
            await rig.UntilAsync(producer.FlushAsync(Stop));
        }

        Assert.All(rig.Stored().Where(record => record.Key != "warm-up"), record => Assert.Equal(record.Key.StartsWith("packed", StringComparison.Ordinal), record.WasAggregated));
        Assert.Equal(303, rig.Stored().Count);
        Assert.Equal(2, rig.Log.Lines.Count(line => line.Id == 2011));
    }

    [Fact]
    public async Task A_larger_record_limit_is_learned_while_the_producer_runs()
    {
        await using var rig = new ProducerRig(new LocalStreamOptions { MaxRecordSizeInKiB = 10_240 });
        var limit = 1_024;
        rig.Api.ChangeSummary = summary => summary with { MaxRecordSizeInKiB = limit };
        var producer = rig.Create(options => options.StreamSettingsInterval = TimeSpan.FromSeconds(10));
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        var large = new byte[2 * 1024 * 1024];
        await Assert.ThrowsAsync<ArgumentException>(async () => await producer.SendAsync("key", large, Stop));

        limit = 10_240;
        await rig.PassAsync(TimeSpan.FromSeconds(11), TimeSpan.FromMilliseconds(100));

        await rig.UntilAsync(producer.SendAsync("key", large, Stop).AsTask());
    }

    [Fact]
    public async Task A_stream_of_another_account_is_named_by_its_arn_in_every_call()
    {
        await using var rig = new ProducerRig(shards: 1);
        var arn = rig.Stream.Arn;
        var named = new HashSet<string?>();
        rig.Api.BeforePut = request => named.Add(request.Stream.Arn);
        var producer = rig.Create(options => (options.StreamName, options.StreamArn) = (null, arn));

        await rig.UntilAsync(producer.SendAsync("key", default, Stop).AsTask());

        Assert.Equal([arn], named);
        Assert.Equal(1, rig.Api.Listings);
    }

    [Theory]
    [InlineData(null, "eu-west-1")]
    [InlineData("us-east-2", "us-east-2")]
    public void The_region_of_the_arn_counts_where_none_is_named(string? named, string expected)
    {
        var options = new KinesisProducerOptions { StreamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders", Connection = { Region = named } };

        Assert.Equal(expected, ProducerOptionsRules.ConnectionOf(options).Region);
        Assert.Equal(named, options.Connection.Region);
    }

    [Fact]
    public void An_arn_in_the_place_of_the_name_is_refused_with_its_right_place() => Assert.Contains(
        "An ARN belongs in StreamArn",
        ProducerOptionsRules.FirstProblem(new KinesisProducerOptions { StreamName = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders" })!,
        StringComparison.Ordinal);

    /// <summary>The service takes calls of 10 MiB since late 2025.</summary>
    [Fact]
    public async Task A_call_may_carry_ten_mebibytes()
    {
        await using var rig = new ProducerRig(shards: 16);
        var producer = rig.Create(options => (options.Batching.MaxBytes, options.Aggregation.Enabled) = (10 * 1024 * 1024, false));
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var i = 0; i < 40; i++)
            await producer.EnqueueAsync($"key-{i}", new byte[256 * 1024], Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.InRange(rig.Api.Calls.Max(call => call.Bytes), 9 * 1024 * 1024, 10 * 1024 * 1024);
        Assert.Equal(41, rig.Stored().Count);
    }

    [Fact]
    public async Task Elsewhere_a_missing_partition_key_is_refused()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        await Assert.ThrowsAsync<ArgumentException>(async () => await producer.EnqueueAsync(null, default, Stop));
    }

    [Fact]
    public async Task Without_permission_to_describe_the_stream_the_assumption_holds_and_a_warning_names_the_permission()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforeDescribe = () => throw new KinesisApiException(KinesisErrorKind.AccessDenied, "AccessDeniedException", "No.", 400);
        var producer = rig.Create(options => options.AssumeAutoDistribution = true);

        for (var i = 0; i < 100; i++)
            await producer.EnqueueAsync("key", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(100, rig.Stored().Count(record => !record.WasAggregated));
        Assert.Contains("kinesis:DescribeStreamSummary", Assert.Single(rig.Log.Lines, line => line.Id == 2012).Text, StringComparison.Ordinal);
    }

    /// <summary>Story L7: data and key together against the stream's limit, one byte at each side.</summary>
    [Fact]
    [Trait("Story", "L7")]
    public async Task The_streams_largest_record_is_accepted_and_one_byte_more_is_refused()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        var largest = new byte[(1024 * 1024) - "key".Length];
        await rig.UntilAsync(producer.SendAsync("key", largest, Stop).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(async () => await producer.SendAsync("key", new byte[largest.Length + 1], Stop));
    }
}
