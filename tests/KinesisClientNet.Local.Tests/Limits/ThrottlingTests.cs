using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Limits;

public class ThrottlingTests
{
    private static LocalFixture Strict(int shards = 1) => new(shards, new() { Throttling = LocalThrottling.Strict });

    [Fact]
    public async Task Shard_takes_a_thousand_records_a_second_and_fails_the_rest_one_by_one()
    {
        var local = Strict();
        var entries = Enumerable.Range(0, 500).Select(static i => new PutRecordsEntry(LocalFixture.Bytes($"{i}"), "key")).ToArray();
        Assert.Equal(0, (await PutAsync(entries)).FailedRecordCount);
        Assert.Equal(0, (await PutAsync(entries)).FailedRecordCount);

        var third = await PutAsync(entries);
        Assert.Equal(500, third.FailedRecordCount);
        Assert.All(third.Records, static result => Assert.Equal("ProvisionedThroughputExceededException", result.ErrorCode));
        Assert.Contains("shardId-000000000000", third.Records[0].ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("000000000000", third.Records[0].ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(1000, local.Stream.Records().Count);

        local.Clock.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(250, (await PutAsync(entries)).FailedRecordCount);
        Assert.Equal(1250, local.Stream.Records().Count);

        ValueTask<PutRecordsResponse> PutAsync(PutRecordsEntry[] batch) =>
            local.Kinesis.PutRecordsAsync(new(local.Reference, batch), LocalFixture.Token);
    }

    [Fact]
    public async Task Shard_takes_a_mebibyte_a_second()
    {
        var local = Strict();
        await local.Stream.PutAsync("key", new byte[(1024 * 1024) - 3]);

        var error = await LocalFixture.RefusedAsync(local.Stream.PutAsync("key", new byte[1021]), "ProvisionedThroughputExceededException");
        Assert.Equal(KinesisErrorKind.Throttled, error.Kind);
        local.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True((await local.Stream.PutAsync("key", new byte[1021])).Succeeded);
    }

    [Fact]
    public async Task Other_shards_are_not_throttled_with_it()
    {
        var local = Strict(shards: 2);
        await local.Stream.PutAsync("key", new byte[(1024 * 1024) - 3], 0);

        var response = await local.Kinesis.PutRecordsAsync(
            new(local.Reference, new PutRecordsEntry[] { new(new byte[10], "key", 0), new(new byte[10], "key", UInt128.MaxValue) }), LocalFixture.Token);

        Assert.Equal([false, true], response.Records.Select(static result => result.Succeeded));
        Assert.Equal(1, response.FailedRecordCount);
    }

    [Fact]
    public async Task Large_record_is_taken_in_a_burst_and_the_next_seconds_pay_for_it()
    {
        var local = new LocalFixture(shards: 0, new() { Throttling = LocalThrottling.Strict });
        await local.Kinesis.CreateStreamAsync(LocalFixture.StreamName, 1, 10_240, LocalFixture.Token);
        Assert.True((await local.Stream.PutAsync("k", new byte[(10 * 1024 * 1024) - 1])).Succeeded);

        await LocalFixture.RefusedAsync(local.Stream.PutAsync("k", new byte[1024]), "ProvisionedThroughputExceededException");
        local.Clock.Advance(TimeSpan.FromSeconds(4));
        await LocalFixture.RefusedAsync(local.Stream.PutAsync("k", new byte[5 * 1024 * 1024]), "ProvisionedThroughputExceededException");
        local.Clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.True((await local.Stream.PutAsync("k", new byte[5 * 1024 * 1024])).Succeeded);
    }

    [Fact]
    public async Task Shard_answers_five_reads_a_second()
    {
        var local = Strict();
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        for (var i = 0; i < 5; i++)
            (await local.PageAsync(iterator)).Dispose();

        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ProvisionedThroughputExceededException");
        local.Clock.Advance(TimeSpan.FromMilliseconds(200));
        (await local.PageAsync(iterator)).Dispose();
    }

    [Fact]
    public async Task Page_of_ten_mebibytes_blocks_the_shards_reads_for_five_seconds()
    {
        var local = Strict();
        for (var i = 0; i < 10; i++)
            local.Stream.PutArrivedAt(LocalFixture.Start, "k", new byte[(1024 * 1024) - 1]);
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        using var page = await local.PageAsync(iterator);
        Assert.Equal(10, page.Records.Count);

        local.Clock.Advance(TimeSpan.FromMilliseconds(4999));
        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ProvisionedThroughputExceededException");
        local.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await local.PageAsync(iterator)).Dispose();
    }

    [Fact]
    public async Task Shard_makes_five_iterators_a_second()
    {
        var local = Strict();
        for (var i = 0; i < 5; i++)
            await local.IteratorAsync(StartingPosition.Latest);

        await LocalFixture.RefusedAsync(local.IteratorAsync(StartingPosition.Latest), "ProvisionedThroughputExceededException");
    }

    [Fact]
    public async Task Lenient_has_room_for_two_seconds()
    {
        var local = new LocalFixture(options: new() { Throttling = LocalThrottling.Lenient });
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        for (var i = 0; i < 10; i++)
            (await local.PageAsync(iterator)).Dispose();

        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ProvisionedThroughputExceededException");
    }

    [Fact]
    public async Task Nothing_is_throttled_when_it_is_off()
    {
        var local = new LocalFixture();
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        for (var i = 0; i < 100; i++)
        {
            Assert.True((await local.Stream.PutAsync("k", new byte[1024 * 1000])).Succeeded);
            (await local.PageAsync(iterator, limit: 1)).Dispose();
        }
    }

    [Fact]
    public async Task Control_plane_is_limited_per_account_or_per_stream_when_strict()
    {
        var local = Strict(shards: 20);
        for (var i = 0; i < 20; i++)
            await local.Kinesis.DescribeStreamSummaryAsync(local.Reference, LocalFixture.Token);
        var error = await LocalFixture.RefusedAsync(
            local.Kinesis.DescribeStreamSummaryAsync(new(null, local.Stream.Arn), LocalFixture.Token), "LimitExceededException");
        Assert.Equal((KinesisErrorKind.Throttled, true), (error.Kind, error.IsTransient));

        local.Clock.Advance(TimeSpan.FromMilliseconds(50));
        await local.Kinesis.DescribeStreamSummaryAsync(local.Reference, LocalFixture.Token);
        await local.Kinesis.ListShardsAsync(new(local.Reference), LocalFixture.Token);
    }
}
