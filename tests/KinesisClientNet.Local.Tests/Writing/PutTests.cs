using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Writing;

public class PutTests
{
    [Fact]
    public async Task Record_is_read_back_as_it_was_put()
    {
        var local = new LocalFixture(shards: 4);

        var put = await local.Kinesis.PutRecordAsync(local.Reference, new("paid"u8.ToArray(), "customer-42"), cancellationToken: LocalFixture.Token);
        var record = Assert.Single(await local.ReadAsync(StartingPosition.TrimHorizon, put.ShardId));

        Assert.True(put.Succeeded);
        Assert.Equal(put.SequenceNumber, record.SequenceNumber);
        Assert.Equal(("customer-42", "paid", "NONE"), (record.PartitionKey, LocalFixture.Text(record), record.EncryptionType));
        Assert.Equal(LocalFixture.Start, record.ApproximateArrivalTimestamp);
    }

    [Theory]
    [InlineData("a", 2, 0)]
    [InlineData("a", 3, 0)]
    [InlineData("a", 4, 0)]
    [InlineData("partitionKey-1", 2, 0)]
    [InlineData("partitionKey-1", 3, 1)]
    [InlineData("partitionKey-1", 4, 1)]
    public async Task Key_goes_to_the_shard_of_its_hash(string key, int shards, int expected)
    {
        var local = new LocalFixture(shards);

        var put = await local.Stream.PutAsync(key, LocalFixture.Bytes("x"));

        Assert.Equal($"shardId-{expected:D12}", put.ShardId);
    }

    [Fact]
    public async Task Explicit_hash_key_overrides_the_key()
    {
        var local = new LocalFixture(shards: 2);

        var put = await local.Stream.PutAsync("a", LocalFixture.Bytes("x"), UInt128.MaxValue);

        Assert.Equal("shardId-000000000001", put.ShardId);
    }

    [Fact]
    public async Task Payload_is_copied_because_the_callers_memory_is_only_lent()
    {
        var local = new LocalFixture();
        var lent = LocalFixture.Bytes("first");

        await local.Stream.PutAsync("key", lent);
        lent.AsSpan().Clear();

        Assert.Equal(["first"], await local.TextsAsync(StartingPosition.TrimHorizon));
    }

    [Fact]
    public async Task Results_of_many_records_keep_the_order_of_the_request()
    {
        var local = new LocalFixture(shards: 4);
        var entries = Enumerable.Range(0, 500).Select(static i => new PutRecordsEntry(LocalFixture.Bytes($"{i}"), $"key-{i}")).ToArray();

        var response = await local.Kinesis.PutRecordsAsync(new(local.Reference, entries), LocalFixture.Token);

        Assert.Equal((500, 0), (response.Records.Count, response.FailedRecordCount));
        var stored = local.Stream.Records().ToDictionary(static record => record.SequenceNumber, static record => LocalFixture.Text(record));
        Assert.Equal(Enumerable.Range(0, 500).Select(static i => $"{i}"), response.Records.Select(result => stored[result.SequenceNumber]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(501)]
    public async Task Request_of_none_or_too_many_records_is_refused(int count)
    {
        var local = new LocalFixture();
        var entries = Enumerable.Repeat(new PutRecordsEntry(LocalFixture.Bytes("x"), "key"), count).ToArray();

        await LocalFixture.RefusedAsync(local.Kinesis.PutRecordsAsync(new(local.Reference, entries), LocalFixture.Token), "ValidationException");
    }

    [Fact]
    public async Task Request_above_ten_mebibytes_is_refused_as_a_whole()
    {
        var local = new LocalFixture();
        var megabyte = new byte[(1024 * 1024) - 3];
        var entries = Enumerable.Repeat(new PutRecordsEntry(megabyte, "key"), 10).Append(new(new byte[1], "k")).ToArray();

        var error = await LocalFixture.RefusedAsync(
            local.Kinesis.PutRecordsAsync(new(local.Reference, entries), LocalFixture.Token), "InvalidArgumentException");

        Assert.Contains("10 MB", error.Message, StringComparison.Ordinal);
        Assert.Empty(local.Stream.Records());
        Assert.Equal(10, (await local.Kinesis.PutRecordsAsync(new(local.Reference, entries.AsMemory(0, 10)), LocalFixture.Token)).Records.Count);
    }

    [Theory]
    [InlineData(null, 1024)]
    [InlineData(10_240, 10_240)]
    public async Task Record_may_be_as_large_as_the_stream_allows_key_included(int? setting, int kib)
    {
        var local = new LocalFixture(shards: 0);
        await local.Kinesis.CreateStreamAsync(LocalFixture.StreamName, 1, setting, LocalFixture.Token);
        var largest = new byte[(kib * 1024) - 3];

        Assert.True((await local.Stream.PutAsync("key", largest)).Succeeded);
        await LocalFixture.RefusedAsync(local.Stream.PutAsync("keys", largest), "InvalidArgumentException");
    }

    [Theory]
    [InlineData("")]
    [InlineData(257)]
    public async Task Key_of_no_or_too_many_characters_is_refused(object key)
    {
        var local = new LocalFixture();

        await LocalFixture.RefusedAsync(
            local.Stream.PutAsync(key as string ?? new string('k', (int)key), LocalFixture.Bytes("x")), "ValidationException");
    }

    [Fact]
    public async Task Key_length_counts_characters_not_code_units()
    {
        var local = new LocalFixture();

        Assert.True((await local.Stream.PutAsync(string.Concat(Enumerable.Repeat("😀", 256)), LocalFixture.Bytes("x"))).Succeeded);
    }

    [Fact]
    public async Task Put_to_an_unknown_stream_is_refused() => await LocalFixture.RefusedAsync(
        new LocalFixture().Kinesis.PutRecordAsync(new("other"), new(LocalFixture.Bytes("x"), "key"), cancellationToken: LocalFixture.Token),
        "ResourceNotFoundException");

    [Fact]
    public async Task Number_for_ordering_must_be_of_this_stream_and_not_of_the_future()
    {
        var local = new LocalFixture();
        var first = await local.PutAsync("1");

        var second = await local.Kinesis.PutRecordAsync(local.Reference, new(LocalFixture.Bytes("2"), "key"), first.SequenceNumber, LocalFixture.Token);
        Assert.True(second.SequenceNumber > first.SequenceNumber);

        local.Stream.Split("shardId-000000000000");
        var notYet = local.Stream.ListShards()[0].EndingSequenceNumber!.Value;
        foreach (var wrong in new[] { SequenceNumber.Parse("7"), notYet })
        {
            await LocalFixture.RefusedAsync(
                local.Kinesis.PutRecordAsync(local.Reference, new(LocalFixture.Bytes("3"), "key"), wrong, LocalFixture.Token), "InvalidArgumentException");
        }
    }

    [Fact]
    public async Task Numbers_leave_gaps_when_asked()
    {
        var local = new LocalFixture(options: new() { SequenceGaps = true });
        var numbers = new List<SequenceNumber>();
        for (var i = 0; i < 100; i++)
            numbers.Add((await local.PutAsync($"{i}")).SequenceNumber);

        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), await local.TextsAsync(StartingPosition.TrimHorizon));
        var plain = new LocalFixture();
        for (var i = 0; i < 99; i++)
            await plain.PutAsync($"{i}");
        Assert.True(numbers[^1] > (await plain.PutAsync("99")).SequenceNumber);
    }

    [Fact]
    public async Task Puts_from_many_threads_lose_nothing_and_keep_order()
    {
        var local = new LocalFixture(shards: 3);

        await Parallel.ForEachAsync(Enumerable.Range(0, 8), LocalFixture.Token, async (writer, token) =>
        {
            for (var batch = 0; batch < 20; batch++)
            {
                var entries = Enumerable.Range(0, 100).Select(i => new PutRecordsEntry(LocalFixture.Bytes($"{(batch * 100) + i:D6}"), $"writer-{writer}")).ToArray();
                await local.Kinesis.PutRecordsAsync(new(local.Reference, entries), token);
            }
        });

        var records = local.Stream.Records();
        Assert.Equal(8 * 2000, records.Count);
        foreach (var writer in records.GroupBy(static record => record.PartitionKey))
            Assert.Equal(Enumerable.Range(0, 2000).Select(static i => $"{i:D6}"), writer.Select(static record => LocalFixture.Text(record)));
    }
}
