using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Reading;

public class ReadTests
{
    private const string Shard = "shardId-000000000000";

    [Fact]
    public async Task Latest_means_the_moment_the_iterator_was_made()
    {
        var local = new LocalFixture();
        await local.PutAsync("before");
        var iterator = await local.IteratorAsync(StartingPosition.Latest);
        await local.PutAsync("between");

        using var page = await local.PageAsync(iterator);

        Assert.Equal("between", LocalFixture.Text(Assert.Single(page.Records)));
    }

    [Fact]
    public async Task Sequence_positions_start_at_and_after_the_record()
    {
        var local = new LocalFixture();
        await local.PutAsync("1");
        var second = await local.PutAsync("2");
        await local.PutAsync("3");

        Assert.Equal(["2", "3"], await local.TextsAsync(StartingPosition.At(second.SequenceNumber)));
        Assert.Equal(["3"], await local.TextsAsync(StartingPosition.After(second.SequenceNumber)));
    }

    [Fact]
    public async Task Shards_own_start_is_a_valid_position()
    {
        var local = new LocalFixture();
        await local.PutAsync("1");
        var start = local.Stream.ListShards()[0].StartingSequenceNumber;

        Assert.Equal(["1"], await local.TextsAsync(StartingPosition.At(start)));
        Assert.Equal(["1"], await local.TextsAsync(StartingPosition.After(start)));
    }

    [Fact]
    public async Task Timestamp_starts_at_the_first_record_that_arrived_then_or_later_in_sequence_order()
    {
        var local = new LocalFixture();
        local.Stream.PutArrivedAt(LocalFixture.Start.AddSeconds(-30), "key", LocalFixture.Bytes("1"));
        local.Stream.PutArrivedAt(LocalFixture.Start.AddSeconds(-10), "key", LocalFixture.Bytes("2"));
        local.Stream.PutArrivedAt(LocalFixture.Start.AddSeconds(-20), "key", LocalFixture.Bytes("3"));

        Assert.Equal(["2", "3"], await local.TextsAsync(StartingPosition.AtTimestamp(LocalFixture.Start.AddSeconds(-15))));
        Assert.Equal(["1", "2", "3"], await local.TextsAsync(StartingPosition.AtTimestamp(LocalFixture.Start.AddDays(-30))));
        Assert.Empty(await local.TextsAsync(StartingPosition.AtTimestamp(LocalFixture.Start)));
    }

    [Fact]
    public async Task Future_timestamp_is_refused() => await LocalFixture.RefusedAsync(
        new LocalFixture().IteratorAsync(StartingPosition.AtTimestamp(LocalFixture.Start.AddSeconds(1))), "InvalidArgumentException");

    [Fact]
    public async Task Number_of_another_shard_is_refused_naming_both()
    {
        var local = new LocalFixture(shards: 2);
        var other = local.Stream.ListShards()[1].StartingSequenceNumber;

        var error = await LocalFixture.RefusedAsync(local.IteratorAsync(StartingPosition.At(other)), "InvalidArgumentException");

        Assert.Contains("shardId-000000000001", error.Message, StringComparison.Ordinal);
        Assert.Contains(Shard, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Number_of_an_earlier_stream_of_the_same_name_is_refused()
    {
        var local = new LocalFixture();
        var old = local.Stream.ListShards()[0].StartingSequenceNumber;
        await local.Kinesis.DeleteStreamAsync(local.Reference, cancellationToken: LocalFixture.Token);
        local.Clock.Advance(TimeSpan.FromSeconds(1));
        local.Kinesis.AddStream(LocalFixture.StreamName, 1);

        var error = await LocalFixture.RefusedAsync(local.IteratorAsync(StartingPosition.At(old)), "InvalidArgumentException");

        Assert.Contains("did not come from this stream", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Iterator_lives_five_minutes_and_each_page_brings_a_fresh_one()
    {
        var local = new LocalFixture();
        var first = await local.IteratorAsync(StartingPosition.TrimHorizon);
        local.Clock.Advance(TimeSpan.FromMinutes(5));
        using var page = await local.PageAsync(first);
        local.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var error = await LocalFixture.RefusedAsync(local.PageAsync(first), "ExpiredIteratorException");

        Assert.Equal(KinesisErrorKind.ExpiredIterator, error.Kind);
        Assert.True(error.IsTransient);
        Assert.NotEqual(first, page.NextShardIterator);
        using var next = await local.PageAsync(page.NextShardIterator!);
    }

    [Fact]
    public async Task Iterator_that_was_changed_or_made_up_is_refused()
    {
        var local = new LocalFixture();
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        for (var i = 0; i < iterator.Length; i++)
        {
            var changed = iterator[..i] + (iterator[i] == 'A' ? 'B' : 'A') + iterator[(i + 1)..];
            await LocalFixture.RefusedAsync(local.PageAsync(changed), "InvalidArgumentException");
        }

        await LocalFixture.RefusedAsync(local.PageAsync("é"), "InvalidArgumentException");
        await LocalFixture.RefusedAsync(local.PageAsync(""), "ValidationException");
    }

    [Fact]
    public async Task Iterator_of_a_deleted_stream_is_refused_even_when_the_name_is_back()
    {
        var local = new LocalFixture();
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        await local.Kinesis.DeleteStreamAsync(local.Reference, cancellationToken: LocalFixture.Token);
        local.Kinesis.AddStream(LocalFixture.StreamName, 1);

        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ResourceNotFoundException");
    }

    [Fact]
    public async Task Page_ends_at_ten_mebibytes_but_holds_at_least_one_record()
    {
        var local = new LocalFixture(shards: 0);
        await local.Kinesis.CreateStreamAsync(LocalFixture.StreamName, 1, 10_240, LocalFixture.Token);
        await local.Stream.PutAsync("k", new byte[6 * 1024 * 1024]);
        await local.Stream.PutAsync("k", new byte[6 * 1024 * 1024]);
        await local.Stream.PutAsync("k", new byte[(10 * 1024 * 1024) - 1]);

        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        var sizes = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            using var page = await local.PageAsync(iterator);
            sizes.Add(Assert.Single(page.Records).Data.Length);
            iterator = page.NextShardIterator!;
        }

        Assert.Equal([6 * 1024 * 1024, 6 * 1024 * 1024, (10 * 1024 * 1024) - 1], sizes);
    }

    [Theory]
    [InlineData(0, "ValidationException")]
    [InlineData(10_001, "InvalidArgumentException")]
    public async Task Limit_out_of_range_is_refused(int limit, string code)
    {
        var local = new LocalFixture();

        await LocalFixture.RefusedAsync(local.PageAsync(await local.IteratorAsync(StartingPosition.Latest), limit), code);
    }

    [Fact]
    public async Task Distance_from_the_tip_is_the_age_of_the_last_record_read_and_zero_at_the_tip()
    {
        var local = new LocalFixture();
        await local.PutAsync("1");
        local.Clock.Advance(TimeSpan.FromSeconds(3));
        await local.PutAsync("2");
        local.Clock.Advance(TimeSpan.FromSeconds(4));

        using var first = await local.PageAsync(await local.IteratorAsync(StartingPosition.TrimHorizon), limit: 1);
        using var second = await local.PageAsync(first.NextShardIterator!, limit: 1);

        Assert.Equal((7000L, 0L), (first.MillisBehindLatest, second.MillisBehindLatest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closed_shard_ends_with_a_null_iterator_and_names_its_children(bool endOnEmptyPage)
    {
        var local = new LocalFixture(options: new() { ShardEndOnEmptyPage = endOnEmptyPage });
        await local.PutAsync("last");
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        local.Stream.Split(Shard);

        var page = await local.PageAsync(iterator);
        Assert.Single(page.Records);
        if (endOnEmptyPage)
        {
            Assert.Empty(page.ChildShards);
            page = await local.PageAsync(page.NextShardIterator!);
            Assert.Empty(page.Records);
        }

        Assert.Null(page.NextShardIterator);
        Assert.Equal(["shardId-000000000001", "shardId-000000000002"], page.ChildShards.Select(static child => child.ShardId));
        Assert.All(page.ChildShards, static child => Assert.Equal([Shard], child.ParentShards));
        page.Dispose();
    }

    [Fact]
    public async Task Trimmed_records_are_never_returned_and_reading_starts_at_the_horizon()
    {
        var local = new LocalFixture();
        var old = await local.PutAsync("old");
        local.Clock.Advance(TimeSpan.FromHours(20));
        await local.PutAsync("young");
        local.Clock.Advance(TimeSpan.FromHours(4) + TimeSpan.FromMilliseconds(1));

        Assert.Equal(["young"], await local.TextsAsync(StartingPosition.TrimHorizon));
        Assert.Equal(["young"], await local.TextsAsync(StartingPosition.At(old.SequenceNumber)));
        Assert.Equal(["young"], await local.TextsAsync(StartingPosition.AtTimestamp(LocalFixture.Start)));
    }

    [Fact]
    public async Task Longer_retention_keeps_records_but_brings_none_back()
    {
        var local = new LocalFixture();
        await local.PutAsync("gone");
        local.Clock.Advance(TimeSpan.FromHours(25));
        await local.PutAsync("kept");

        await local.Kinesis.IncreaseStreamRetentionPeriodAsync(local.Reference, 8760, LocalFixture.Token);
        local.Clock.Advance(TimeSpan.FromDays(300));
        Assert.Equal(["kept"], await local.TextsAsync(StartingPosition.TrimHorizon));

        await local.Kinesis.DecreaseStreamRetentionPeriodAsync(local.Reference, 24, LocalFixture.Token);
        Assert.Empty(await local.TextsAsync(StartingPosition.TrimHorizon));
    }

    [Fact]
    public async Task Unknown_shard_is_refused() => await LocalFixture.RefusedAsync(
        new LocalFixture().IteratorAsync(StartingPosition.Latest, "shardId-000000000009"), "ResourceNotFoundException");

    [Fact]
    public async Task Shard_id_of_another_width_is_understood()
    {
        var local = new LocalFixture();
        await local.PutAsync("1");

        Assert.Equal(["1"], await local.TextsAsync(StartingPosition.TrimHorizon, "shardId-0"));
    }

    [Fact]
    public async Task Cancelled_call_ends_with_the_callers_token()
    {
        var local = new LocalFixture();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await local.Kinesis.ListShardsAsync(new(local.Reference), cancelled.Token));
    }

    [Fact]
    public async Task Number_zero_is_no_position() => await LocalFixture.RefusedAsync(
        new LocalFixture().IteratorAsync(StartingPosition.At(SequenceNumber.Parse("0"))), "InvalidArgumentException");
}
