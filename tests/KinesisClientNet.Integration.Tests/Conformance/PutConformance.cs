using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>PutRecord and PutRecords: where a record lands, in which order, what is refused.</summary>
public sealed class PutConformance(Targets targets) : IClassFixture<Targets>
{
    private const int MaxRecordBytes = 1024 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_record_lands_in_the_shard_that_holds_its_keys_hash(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(3);
        var map = ShardMap.Create(await kinesis.OpenShardsAsync(stream));

        foreach (var key in new[] { "a", "é", "partitionKey-1", "日本語", "😀", new string('x', 256), " " })
        {
            var put = await kinesis.PutAsync(stream, key, "v");

            Assert.True(map.TryFind(PartitionKeyHash.Compute(key), out var expected));
            Assert.Equal((key, expected.ShardId), (key, put.ShardId));
        }
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task An_explicit_hash_key_decides_instead_of_the_key(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(2);

        foreach (var shard in await kinesis.OpenShardsAsync(stream))
        {
            Assert.Equal(shard.ShardId, (await kinesis.PutAsync(stream, "same key", "first", shard.HashKeyRange.Start)).ShardId);
            Assert.Equal(shard.ShardId, (await kinesis.PutAsync(stream, "same key", "last", shard.HashKeyRange.End)).ShardId);
        }
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Results_of_a_batch_stand_in_request_order_and_tell_the_truth(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(3);
        var entries = Enumerable.Range(0, 60).Select(i => new PutRecordsEntry(Encoding.UTF8.GetBytes($"value {i}"), $"key {i}")).ToArray();

        var answer = await kinesis.Api.PutRecordsAsync(new(stream, entries), Cancelled);

        Assert.Equal(0, answer.FailedRecordCount);
        var read = new Dictionary<(string, SequenceNumber), string>();
        foreach (var shard in answer.Records.GroupBy(result => result.ShardId!))
        {
            var reading = await kinesis.ReadAsync(stream, shard.Key, StartingPosition.TrimHorizon, shard.Count());
            foreach (var record in reading.Records)
                read.Add((shard.Key, record.SequenceNumber), record.Text);
        }

        Assert.Equal(
            entries.Select(entry => Encoding.UTF8.GetString(entry.Data.Span)),
            answer.Records.Select(result => read[(result.ShardId!, result.SequenceNumber)]));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Sequence_numbers_of_a_shard_rise(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);
        var numbers = new List<SequenceNumber>();

        for (var i = 0; i < 5; i++)
            numbers.Add((await kinesis.PutAsync(stream, $"k{i}", "v")).SequenceNumber);

        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.True(Assert.Single(await kinesis.ShardsAsync(stream)).StartingSequenceNumber < numbers[0]);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_number_for_ordering_is_accepted_and_followed(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);
        var first = await kinesis.PutAsync(stream, "k", "1");

        var second = await kinesis.Api.PutRecordAsync(stream, new("2"u8.ToArray(), "k"), first.SequenceNumber, Cancelled);

        Assert.True(second.SequenceNumber > first.SequenceNumber);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Data_and_keys_come_back_byte_for_byte(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);
        var everyByte = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        PutRecordsEntry[] entries =
        [
            new(Array.Empty<byte>(), "empty"), new(everyByte, "every byte"), new("{\"a\":1}"u8.ToArray(), "quote \" and \\ and \n"),
            new(new byte[] { 0xF3, 0x89, 0x9A, 0xC2 }, "ключ"), new(new byte[70_000], new string('ü', 256)),
        ];

        var answer = await kinesis.Api.PutRecordsAsync(new(stream, entries), Cancelled);
        Assert.Equal(0, answer.FailedRecordCount);

        var reading = await kinesis.ReadAsync(stream, answer.Records[0].ShardId!, StartingPosition.TrimHorizon, entries.Length);
        var byKey = reading.Records.ToDictionary(record => record.PartitionKey!, record => record.Data);
        Assert.All(entries, entry => Assert.Equal(entry.Data.ToArray(), byKey[entry.PartitionKey!]));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task The_largest_record_is_taken_and_one_byte_more_is_refused(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);

        var largest = await kinesis.Api.PutRecordAsync(stream, new(new byte[MaxRecordBytes - 1], "k"), cancellationToken: Cancelled);

        Assert.NotNull(largest.ShardId);
        // kinesis-mock measures the data without the key (D6): one byte over by both counts.
        PutRecordsEntry[] batch = [new("small"u8.ToArray(), "k"), new(new byte[MaxRecordBytes + 1], "k")];
        if (kinesis.Has(Quirk.OversizeFailsAlone))
        {
            var answer = await kinesis.Api.PutRecordsAsync(new(stream, batch), Cancelled);
            Assert.Equal([true, false], answer.Records.Select(result => result.Succeeded));
        }
        else
        {
            var failure = await Assert.ThrowsAsync<KinesisApiException>(() => kinesis.Api.PutRecordsAsync(new(stream, batch), Cancelled).AsTask());
            Assert.Equal(KinesisErrorKind.InvalidArgument, failure.Kind);
        }
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Five_hundred_records_are_a_batch_and_one_more_is_refused(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(1);
        var entries = Enumerable.Range(0, 501).Select(i => new PutRecordsEntry(new byte[] { (byte)i }, $"{i}")).ToArray();

        var full = await kinesis.Api.PutRecordsAsync(new(stream, entries.AsMemory(0, 500)), Cancelled);
        Assert.Equal((500, 0), (full.Records.Count, full.FailedRecordCount));

        if (kinesis.Has(Quirk.NoRequestLimits))
            return;
        var failure = await Assert.ThrowsAsync<KinesisApiException>(() => kinesis.Api.PutRecordsAsync(new(stream, entries), Cancelled).AsTask());
        Assert.Equal(KinesisErrorKind.InvalidArgument, failure.Kind);
    }
}
