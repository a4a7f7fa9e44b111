using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>Iterators and GetRecords.</summary>
public sealed class ReadConformance(Targets targets) : IClassFixture<Targets>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Pages_of_any_size_give_the_shard_in_order_without_loss(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shard, numbers) = await FilledAsync(kinesis, 10);

        foreach (var limit in new[] { 1, 3, 10, 10_000 })
        {
            var reading = await kinesis.ReadAsync(stream, shard, StartingPosition.TrimHorizon, 10, limit);

            Assert.Equal(numbers, reading.Records.Select(record => record.SequenceNumber));
            Assert.False(reading.HasEnded);
            Assert.True(reading.Pages >= 10 / limit);
        }
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task At_and_after_a_sequence_number_differ_by_that_record(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shard, numbers) = await FilledAsync(kinesis, 5);

        var at = await kinesis.ReadAsync(stream, shard, StartingPosition.At(numbers[2]), 3);
        var after = await kinesis.ReadAsync(stream, shard, StartingPosition.After(numbers[2]), 2);

        Assert.Equal(numbers[2..], at.Records.Select(record => record.SequenceNumber));
        Assert.Equal(numbers[3..], after.Records.Select(record => record.SequenceNumber));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task The_shards_own_first_number_is_a_position(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shardId, numbers) = await FilledAsync(kinesis, 2);
        var start = Assert.Single(await kinesis.ShardsAsync(stream)).StartingSequenceNumber;

        var reading = await kinesis.ReadAsync(stream, shardId, StartingPosition.At(start), 2);

        Assert.Equal(numbers, reading.Records.Select(record => record.SequenceNumber));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Latest_is_where_the_shard_ended_when_the_iterator_was_made(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shard, _) = await FilledAsync(kinesis, 2);
        var iterator = await kinesis.Api.GetShardIteratorAsync(stream, shard, StartingPosition.Latest, Cancelled);

        var later = await kinesis.PutAsync(stream, "k", "later");

        var seen = new List<SequenceNumber>();
        await Eventually.TrueAsync(
            async () =>
            {
                using var page = await kinesis.Api.GetRecordsAsync(new(stream, iterator, 100), Cancelled);
                seen.AddRange(page.Records.Select(record => record.SequenceNumber));
                iterator = page.NextShardIterator!;
                return seen.Count > 0;
            },
            "the later record is read");
        Assert.Equal([later.SequenceNumber], seen);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_timestamp_starts_at_the_first_record_that_arrived_then(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shard, _) = await FilledAsync(kinesis, 3);
        var all = (await kinesis.ReadAsync(stream, shard, StartingPosition.TrimHorizon, 3)).Records;

        foreach (var time in all.Select(record => record.Arrival).Distinct())
        {
            var expected = all.Where(record => record.Arrival >= time).Select(record => record.SequenceNumber).ToList();
            var reading = await kinesis.ReadAsync(stream, shard, StartingPosition.AtTimestamp(time), expected.Count);
            Assert.Equal(expected, reading.Records.Select(record => record.SequenceNumber));
        }

        var horizon = await kinesis.ReadAsync(stream, shard, StartingPosition.AtTimestamp(all[0].Arrival.AddDays(-30)), 3);
        Assert.Equal(3, horizon.Records.Count);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Arrival_times_are_now_and_the_tip_is_zero_behind(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shard, _) = await FilledAsync(kinesis, 1);

        var reading = await kinesis.ReadAsync(stream, shard, StartingPosition.TrimHorizon, 1);

        var age = DateTimeOffset.UtcNow - reading.Records[0].Arrival;
        Assert.InRange(age, TimeSpan.FromMinutes(-10), TimeSpan.FromMinutes(10)); // a unit or an epoch mixed up would be off by years
        var iterator = await kinesis.Api.GetShardIteratorAsync(stream, shard, StartingPosition.After(reading.Records[0].SequenceNumber), Cancelled);
        using var tip = await kinesis.Api.GetRecordsAsync(new(stream, iterator), Cancelled);
        Assert.Empty(tip.Records);
        Assert.Equal(0, tip.MillisBehindLatest);
        Assert.NotNull(tip.NextShardIterator);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_broken_iterator_is_refused(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        var failure = await Assert.ThrowsAsync<KinesisApiException>(() => kinesis.Api.GetRecordsAsync(new(stream, "garbage"), Cancelled).AsTask());

        Assert.Equal(kinesis.Has(Quirk.BrokenIteratorIsAFault) ? KinesisErrorKind.ServiceFault : KinesisErrorKind.InvalidArgument, failure.Kind);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_shard_that_is_not_there_is_NotFound(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        var failure = await Assert.ThrowsAsync<KinesisApiException>(
            () => kinesis.Api.GetShardIteratorAsync(stream, "shardId-000000000099", StartingPosition.TrimHorizon, Cancelled).AsTask());

        Assert.Equal(KinesisErrorKind.NotFound, failure.Kind);
    }

    private static async Task<(StreamReference Stream, string ShardId, List<SequenceNumber> Numbers)> FilledAsync(KinesisSession kinesis, int records)
    {
        var stream = await kinesis.CreateStreamAsync(1);
        var numbers = new List<SequenceNumber>();
        var shardId = "";
        for (var i = 0; i < records; i++)
        {
            var put = await kinesis.PutAsync(stream, $"key {i}", $"record {i}");
            numbers.Add(put.SequenceNumber);
            shardId = put.ShardId!;
        }

        return (stream, shardId, numbers);
    }
}
