using System.Buffers;
using System.Text;
using KinesisClientNet.Core;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: batches, typed serializers, keys in code points, explicit hash keys.</summary>
public sealed class EnqueueTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_keeps_its_order_and_every_key_and_hash_key_arrives()
    {
        await using var rig = new ProducerRig(shards: 3);
        var producer = rig.Create(options => options.KeepKeyOrder = true);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        var records = Enumerable.Range(0, 500).Select(i => new ProducerRecord(
            i % 3 == 0 ? $"schlüssel-{i % 7}" : $"key-{i % 7}", Encoding.UTF8.GetBytes($"{i}"), i % 11 == 0 ? (UInt128)i : null)).ToArray();

        await rig.UntilAsync(producer.EnqueueAsync(records, Stop).AsTask());
        await rig.UntilAsync(producer.FlushAsync(Stop));

        var stored = rig.Stored(strictRangeFilter: true).Where(record => record.Key != "warm-up").ToList();
        Assert.Equal(records.Select(record => record.PartitionKey + Encoding.UTF8.GetString(record.Data.Span)).Order(), stored.Select(record => record.Key + record.Text).Order());
        foreach (var key in stored.Where(record => int.Parse(record.Text) % 11 != 0).GroupBy(record => record.Key))
            Assert.Equal(key.Select(record => int.Parse(record.Text)).Order(), key.Select(record => int.Parse(record.Text)));
    }

    [Fact]
    public async Task A_batch_ends_where_the_room_ends()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => options.Buffer.MaxRecords = 5);
        var records = Enumerable.Range(0, 20).Select(i => new ProducerRecord($"key-{i}", default)).ToArray();

        Assert.Equal(5, producer.TryEnqueue(records));
        var rest = producer.EnqueueAsync(records.AsMemory(5), Stop).AsTask();
        Assert.False(rest.IsCompleted);
        await rig.UntilAsync(rest);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(records.Select(record => record.PartitionKey).Order(), rig.Stored().Select(record => record.Key).Order());
    }

    [Fact]
    public async Task A_message_is_serialized_straight_into_the_payload()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        for (var i = 0; i < 3; i++)
            await producer.EnqueueAsync("key", new string('x', i), new TextSerializer(), Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(["", "x", "xx"], rig.Stored().Select(record => record.Text).Order());
    }

    [Fact]
    public async Task A_payload_is_written_straight_into_a_pooled_buffer_and_a_writer_that_throws_leaves_nothing()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        for (var i = 0; i < 3; i++)
            await producer.EnqueueAsync("key", i, static (number, output) => Encoding.UTF8.GetBytes($"{number}", output), Stop);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await producer.EnqueueAsync("key", 0, static (_, output) =>
        {
            output.Write("half"u8);
            throw new InvalidOperationException("the caller's own");
        }, Stop));
        await producer.EnqueueAsync("key", 3, static (number, output) => Encoding.UTF8.GetBytes($"{number}", output), Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(["0", "1", "2", "3"], rig.Stored().Select(record => record.Text).Order());
    }

    [Fact]
    public async Task A_payload_that_is_written_while_another_is_does_not_mix_with_it()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();

        await producer.EnqueueAsync("outer", producer, static (self, output) =>
        {
            output.Write("out"u8);
            Assert.True(self.EnqueueAsync("inner", 0, static (_, inner) => inner.Write("in"u8), Stop).AsTask().IsCompletedSuccessfully);
            output.Write("er"u8);
        }, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(["in", "outer"], rig.Stored().Select(record => record.Text).Order());
    }

    [Fact]
    public async Task Records_of_a_sequence_are_taken_one_after_the_other_as_there_is_room()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create(options => options.Buffer.MaxRecords = 5);
        var read = 0;

        var call = producer.EnqueueAsync(Records(), Stop).AsTask();
        await rig.SettleAsync();
        Assert.Equal(6, read);
        await rig.UntilAsync(call);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(20, rig.Stored().Count);

        IEnumerable<ProducerRecord> Records()
        {
            for (; read < 20;)
                yield return new ProducerRecord($"key-{read++}", default);
        }
    }

    /// <summary>kpl.md 2.1: the service counts code points, the KPL UTF-16 units.</summary>
    [Fact]
    [Trait("Story", "L7")]
    public async Task A_key_may_have_256_code_points_of_any_size_and_not_one_more()
    {
        await using var rig = new ProducerRig();
        var producer = rig.Create();
        var longest = string.Concat(Enumerable.Repeat("😀", 256));

        await rig.UntilAsync(producer.SendAsync(longest, default, Stop).AsTask());

        Assert.Equal(longest, Assert.Single(rig.Stored()).Key);
        foreach (var bad in new[] { "", longest + "x", new string('k', 257), "\ud800" })
            await Assert.ThrowsAsync<ArgumentException>(async () => await producer.EnqueueAsync(bad, default, Stop));
        Assert.Equal(0, producer.PendingRecords);
    }

    [Fact]
    public async Task An_explicit_hash_key_decides_the_shard_and_is_kept()
    {
        await using var rig = new ProducerRig(shards: 2);
        var producer = rig.Create();
        var pending = new List<PendingRecord>();

        foreach (var hashKey in new[] { UInt128.Zero, UInt128.MaxValue })
        {
            for (var i = 0; i < 3; i++)
                pending.Add(await producer.EnqueueAsync(new ProducerRecord("same", default, hashKey), Stop));
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        var shards = rig.Stream.ListShards().ToDictionary(shard => shard.ShardId, shard => shard.HashKeyRange);
        Assert.All(pending[..3], record => Assert.True(shards[record.Delivery.Result.ShardId].Contains(UInt128.Zero)));
        Assert.All(pending[3..], record => Assert.True(shards[record.Delivery.Result.ShardId].Contains(UInt128.MaxValue)));
        Assert.Equal(6, rig.Stored(strictRangeFilter: true).Count);
    }

    private sealed class TextSerializer : ISerializer<string>
    {
        public void Serialize(string message, IBufferWriter<byte> output) => Encoding.UTF8.GetBytes(message, output);

        public string Deserialize(ReadOnlySpan<byte> data) => Encoding.UTF8.GetString(data);
    }
}
