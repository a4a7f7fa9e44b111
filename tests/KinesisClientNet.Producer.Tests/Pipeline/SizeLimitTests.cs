using System.Text;
using CsCheck;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Story L7: random sizes at every limit, with one byte or one record less and more.</summary>
[Trait("Story", "L7")]
public sealed class SizeLimitTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private static readonly Gen<(string Key, int Bytes, ulong? HashKey)[]> Records =
        Gen.Select(Gen.Int[0, 12].Select(i => i % 4 == 0 ? $"schlüssel-{i}" : $"k{i}"), Gen.OneOf(Gen.Int[0, 40], Gen.Int[120, 135], Gen.Int[16_375, 16_390]), Gen.OneOf(Gen.Const((ulong?)null), Gen.ULong.Select(x => (ulong?)x)))
            .Array[2, 40];

    [Fact]
    public void An_aggregate_is_as_large_as_its_limit_and_never_one_byte_larger() => Records.Sample(records =>
    {
        var exact = AggregateBytes(records);

        Assert.Equal([records.Length], Pack(records, exact));
        Assert.Equal([records.Length], Pack(records, exact + 1));
        var split = Pack(records, exact - 1);
        Assert.True(split.Count > 1 && split.Sum() == records.Length);
    }, iter: 300);

    [Fact]
    public void An_aggregate_has_as_many_records_as_its_limit_and_never_one_more() => Records.Sample(records =>
    {
        Assert.Equal([records.Length], Pack(records, 1_048_576, records.Length));
        Assert.Equal([records.Length], Pack(records, 1_048_576, records.Length + 1));
        Assert.Equal([records.Length - 1, 1], Pack(records, 1_048_576, records.Length - 1));
    }, iter: 100);

    [Fact]
    public void A_record_as_large_as_an_aggregate_goes_alone_and_one_byte_less_may_have_company() => Gen.Int[64, 60_000].Sample(limit =>
    {
        var window = new AggregationWindow(new AggregationOptions { MaxBytes = limit }, new BufferPool(0));

        Assert.True(window.GoesAlone(User("key", new byte[limit - 3])));
        Assert.False(window.GoesAlone(User("key", new byte[limit - 4])));
    }, iter: 100);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(-1, 2)]
    public async Task A_call_is_as_large_as_its_limit_and_never_one_byte_larger(int more, int calls) => await Gen.Int[250, 3_000].Array[4, 12].SampleAsync(async sizes =>
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options =>
        {
            options.Aggregation.Enabled = false;
            options.Batching.MaxBytes = sizes.Sum(size => size + "key".Length) + more;
        });
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        var before = rig.Api.Calls.Count;

        foreach (var size in sizes)
            await producer.EnqueueAsync("key", new byte[size], Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(calls, rig.Api.Calls.Count - before);
        Assert.Equal(sizes.Length + 1, rig.Stored().Count);
    }, iter: 15, threads: 1);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(-1, 1)]
    public async Task A_call_has_as_many_records_as_its_limit_and_never_one_more(int more, int calls) => await Gen.Int[2, 500].SampleAsync(async limit =>
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options =>
        {
            options.Aggregation.Enabled = false;
            options.Batching.MaxRecords = limit;
        });
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        var before = rig.Api.Calls.Count;

        for (var i = 0; i < limit + more; i++)
            await producer.EnqueueAsync("key", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(calls, rig.Api.Calls.Count - before);
        Assert.All(rig.Api.Calls, call => Assert.InRange(call.Entries, 1, limit));
    }, iter: 8, threads: 1);

    /// <summary>Data and key together against the stream's own limit, with keys of every width.</summary>
    [Theory]
    [InlineData(1_024)]
    [InlineData(2_500)]
    [InlineData(10_240)]
    public async Task The_streams_largest_record_is_stored_and_one_byte_more_is_refused(int limitKiB)
    {
        await using var rig = new ProducerRig(new LocalStreamOptions { MaxRecordSizeInKiB = limitKiB });
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        foreach (var key in new[] { "k", "schlüssel", string.Concat(Enumerable.Repeat("😀", 256)) })
        {
            var largest = new byte[(limitKiB * 1024) - Encoding.UTF8.GetByteCount(key)];
            await rig.UntilAsync(producer.SendAsync(key, largest, Stop).AsTask());
            var error = await Assert.ThrowsAsync<ArgumentException>(async () => await producer.SendAsync(key, new byte[largest.Length + 1], Stop));
            Assert.Contains($"{limitKiB * 1024}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(4, rig.Stored().Count);
        Assert.Equal(0, producer.PendingBytes);
    }

    [Fact]
    public void A_partition_key_has_1_to_256_code_points_of_any_width() =>
        Gen.Select(Gen.Int[0, 3].Array[256], Gen.Int[-1, 1]).Sample((widths, more) =>
        {
            string[] letters = ["k", "ü", "語", "😀"];
            var key = string.Concat(Enumerable.Range(0, 256 + more).Select(i => letters[widths[i % 256]]));
            var utf8 = new byte[RecordRules.StackKeyBytes];

            if (more <= 0)
                Assert.Equal(key, Encoding.UTF8.GetString(RecordRules.CheckedKey(key, utf8, maybeMissing: false)));
            else
                Assert.Contains("257", Assert.Throws<ArgumentException>(() => RecordRules.CheckedKey(key, utf8, maybeMissing: false).Length).Message, StringComparison.Ordinal);
        });

    [Fact]
    public async Task The_buffer_takes_its_limit_in_bytes_and_not_one_more() => await Gen.Select(Gen.Int[30, 3_000].Array[30, 60], Gen.Bool).SampleAsync(async (sizes, aggregates) =>
    {
        var cost = RecordCost.For(aggregates);
        var limit = 65_536 + sizes.Sum(size => (long)cost.Of("key".Length, size));
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options => (options.Buffer.MaxBytes, options.Aggregation.Enabled) = (limit, aggregates));

        foreach (var size in sizes)
            Assert.True(producer.TryEnqueue(new ProducerRecord("key", new byte[size]), out _));
        var rest = 65_536 - cost.Of("key".Length, 0);

        Assert.False(producer.TryEnqueue(new ProducerRecord("key", new byte[rest + 1]), out _));
        Assert.True(producer.TryEnqueue(new ProducerRecord("key", new byte[rest]), out _));
        Assert.Equal(limit, producer.PendingBytes);
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.Equal((0, 0), (producer.PendingBytes, producer.PendingRecords));
    }, iter: 15, threads: 1);

    [Fact]
    public async Task The_buffer_takes_its_limit_in_records_and_not_one_more() => await Gen.Int[1, 300].SampleAsync(async limit =>
    {
        await using var rig = new ProducerRig(shards: 3);
        var producer = rig.Create(options => options.Buffer.MaxRecords = limit);

        for (var i = 0; i < limit; i++)
            Assert.True(producer.TryEnqueue(new ProducerRecord($"key-{i}", default), out _));
        Assert.False(producer.TryEnqueue(new ProducerRecord("one more", default), out _));
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.True(producer.TryEnqueue(new ProducerRecord("one more", default), out _));
        await rig.UntilAsync(producer.FlushAsync(Stop));
    }, iter: 10, threads: 1);

    /// <summary>The size formula of the format, written down a second time (kpl.md 1.5).</summary>
    private static int AggregateBytes((string Key, int Bytes, ulong? HashKey)[] records)
    {
        var (total, keys, hashKeys) = (20, new List<string>(), new List<string>());
        foreach (var (key, bytes, hashKey) in records)
        {
            total += TableBytes(keys, key);
            var inner = 1 + VarintBytes(keys.IndexOf(key)) + 1 + VarintBytes(bytes) + bytes;
            if (hashKey is { } explicitly)
            {
                var text = explicitly.ToString(System.Globalization.CultureInfo.InvariantCulture);
                total += TableBytes(hashKeys, text);
                inner += 1 + VarintBytes(hashKeys.IndexOf(text));
            }

            total += 1 + VarintBytes(inner) + inner;
        }

        return total;
    }

    private static int TableBytes(List<string> table, string text)
    {
        if (table.Contains(text))
            return 0;
        table.Add(text);
        var bytes = Encoding.UTF8.GetByteCount(text);
        return 1 + VarintBytes(bytes) + bytes;
    }

    private static int VarintBytes(int value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;

    /// <summary>How many records each Kinesis record got; reads each back to see that it is whole.</summary>
    private static List<int> Pack((string Key, int Bytes, ulong? HashKey)[] records, int maxBytes, int maxRecords = 10_000)
    {
        var window = new AggregationWindow(new AggregationOptions { MaxBytes = maxBytes, MaxRecords = maxRecords }, new BufferPool(0));
        var counts = new List<int>();
        foreach (var (key, bytes, hashKey) in records)
        {
            var user = User(key, new byte[bytes], hashKey);
            if (window.Open is null)
                Begin(window);
            if (!window.TryAppend(user, out _))
            {
                Seal();
                Begin(window);
                Assert.True(window.TryAppend(user, out _));
            }

            if (window.IsFull)
                Seal();
        }

        if (window.Open is not null)
            Seal();
        return counts;

        void Seal()
        {
            var sealedRecord = window.Seal();
            counts.Add(sealedRecord.Count);
            if (!sealedRecord.IsAggregate)
                return;
            Assert.InRange(sealedRecord.Data.Length, 1, maxBytes);
            var content = new List<AggregatedUserRecord>();
            AggregatedRecordDigest.Complete(sealedRecord.WritableData.Span);
            Assert.True(AggregatedRecordReader.TryRead(sealedRecord.Data, content) && content.Count == sealedRecord.Count);
        }
    }

    private static void Begin(AggregationWindow window) => window.Begin(new OutboundRecord(null!, null!, 0));

    private static UserRecord User(string key, byte[] data, ulong? hashKey = null) => new()
    {
        PartitionKey = key,
        KeyUtf8 = Encoding.UTF8.GetBytes(key),
        Data = data,
        ExplicitHashKey = hashKey,
        HashKey = hashKey ?? PartitionKeyHash.Compute(Encoding.UTF8.GetBytes(key)),
    };
}
