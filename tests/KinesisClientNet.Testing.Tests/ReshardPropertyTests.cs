using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;

namespace KinesisClientNet.Testing.Tests;

/// <summary>
/// Issue 3: records are packed under one shard map, the stream is resharded at a random instant, and what was acknowledged is read by a
/// <see cref="KinesisConsumer"/> and by a consumer with the KCL's filter, which drops an aggregate as a whole when one of its keys is outside the
/// shard's range (kpl.md 2.4).
/// </summary>
public sealed class ReshardPropertyTests
{
    private const int Records = 120;
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Story", "L6")]
    public async Task Every_acknowledged_record_is_handled_by_our_consumer_and_passes_the_filter_of_the_KCL_over_reshards_at_random_instants() =>
        await Gen.Int.SampleAsync(RunAsync, iter: 12, threads: 1);

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var clock = new SteppedTimeProvider();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: random.Next(1, 4));
        var handled = new ConcurrentQueue<Handled>();
        var options = new KinesisConsumerOptions { StreamName = "orders", ApplicationName = "billing", StartFrom = StartingPositionType.TrimHorizon };
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, options, _ => new Recorder(handled), workers: 2, new() { Seed = seed });
        await using var producer = SeededProducer.Create(
            new() { StreamName = "orders", Aggregation = { MaxBytes = random.Next(100, 2_000) }, KeepKeyOrder = random.Next(2) == 0 }, kinesis, clock, seed);

        var pending = await ProduceAsync(fleet, producer, random);
        var receipts = new List<(string Text, RecordReceipt Receipt)>();
        foreach (var (text, record) in pending)
            receipts.Add((text, await record.Delivery));
        await fleet.CaughtUpAsync();

        // The place that the receipt names is where the consumer met the record, not only some copy of it.
        var places = handled.ToDictionary(record => (record.ShardId, record.SequenceNumber, record.SubSequenceNumber), record => record.Text);
        Assert.Equal(Records, receipts.Count);
        Assert.All(receipts, sent => Assert.Equal(sent.Text, places[(sent.Receipt.ShardId, sent.Receipt.SequenceNumber, sent.Receipt.SubSequenceNumber)]));
        var passed = Filtered(fleet, handled).Select(record => record.Text).ToHashSet();
        Assert.All(receipts, sent => Assert.Contains(sent.Text, passed));
        Assert.Contains(handled, record => record.IsAggregated);
    }

    private static async Task<List<(string Text, PendingRecord Record)>> ProduceAsync(ConsumerHarness fleet, KinesisProducer producer, Random random)
    {
        var pending = new List<(string Text, PendingRecord Record)>();
        var resharding = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(Records)).ToHashSet();
        for (var i = 0; i < Records; i++)
        {
            var text = i.ToString(CultureInfo.InvariantCulture);
            UInt128? hashKey = random.Next(4) == 0 ? new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) : null;
            pending.Add((text, await producer.EnqueueAsync(new ProducerRecord($"key-{random.Next(40)}", Encoding.UTF8.GetBytes(text), hashKey), Stop)));
            if (random.Next(8) == 0)
                await fleet.AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(1, 60)));
            if (resharding.Contains(i))
                Reshard(fleet.Stream, random);
        }

        var flushed = producer.FlushAsync(Stop);
        await fleet.UntilAsync(() => flushed.IsCompleted, "the producer's flush");
        return pending;
    }

    private static void Reshard(LocalStream stream, Random random)
    {
        var open = stream.ListShards().Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).ToList();
        var at = random.Next(open.Count);
        if (at + 1 < open.Count && random.Next(3) == 0)
            stream.Merge(open[at].ShardId, open[at + 1].ShardId);
        else
            stream.Split(open[at].ShardId);
    }

    private static IEnumerable<Handled> Filtered(ConsumerHarness fleet, IEnumerable<Handled> handled)
    {
        var ranges = fleet.Stream.ListShards().ToDictionary(shard => shard.ShardId, shard => shard.HashKeyRange);
        return handled.GroupBy(record => (record.ShardId, record.SequenceNumber))
            .Where(whole => whole.All(record => !record.IsAggregated || IsIn(ranges[record.ShardId], record)))
            .SelectMany(whole => whole);
    }

    private static bool IsIn(HashKeyRange range, Handled record)
    {
        var key = record.HashKey ?? new UInt128(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(Md5(record.Key)), System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(Md5(record.Key).AsSpan(8)));
        return key >= range.Start && key <= range.End;
    }

    private static byte[] Md5(string key) => MD5.HashData(Encoding.UTF8.GetBytes(key));

    private sealed record Handled(
        string ShardId, SequenceNumber SequenceNumber, long SubSequenceNumber, bool IsAggregated, string Key, UInt128? HashKey, string Text);

    private sealed class Recorder(ConcurrentQueue<Handled> handled) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            foreach (var record in batch)
            {
                handled.Enqueue(new(
                    batch.Shard.ShardId, record.SequenceNumber, record.SubSequenceNumber, record.IsAggregated, record.PartitionKey, record.ExplicitHashKey,
                    Encoding.UTF8.GetString(record.Data.Span)));
            }

            return default;
        }
    }
}
