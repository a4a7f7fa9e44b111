using System.Globalization;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class ReshardTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>Story L6 and kpl.md 2.4: what was acknowledged must reach a consumer that drops aggregates with foreign keys, and one that does not.</summary>
    [Fact]
    [Trait("Story", "L6")]
    public async Task Every_acknowledged_record_reaches_both_kinds_of_consumer_over_reshards_at_random_instants() =>
        await Gen.Int.SampleAsync(async seed =>
        {
            var random = new Random(seed);
            await using var rig = new ProducerRig(shards: random.Next(1, 5));
            rig.Api.Latency = TimeSpan.FromMilliseconds(random.Next(0, 40));
            var producer = rig.Create(
                options =>
                {
                    options.Aggregation.MaxBytes = random.Next(100, 2_000);
                    options.KeepKeyOrder = random.Next(2) == 0;
                },
                seed);
            var acknowledged = await ProduceAsync(rig, producer, random, records: 300, reshards: random.Next(1, 4));

            foreach (var strict in new[] { false, true })
            {
                var delivered = rig.Stored(strict).Select(record => record.Text).ToHashSet();
                Assert.Subset(delivered, acknowledged);
            }

            Assert.Equal(300, acknowledged.Count);
        }, iter: 40, threads: 1);

    /// <summary>Story R5: a reshard every two seconds. What counts is what is sent to a wrong place one round trip after an answer showed the change.</summary>
    [Fact]
    [Trait("Story", "R5")]
    public async Task Under_continuous_resharding_less_than_one_percent_is_sent_to_wrong_places_after_one_round_trip()
    {
        await using var rig = new ProducerRig(shards: 2);
        rig.Api.Latency = TimeSpan.FromMilliseconds(20);
        var random = new Random(5);
        var (wrong, wrongLate, sent) = (0, 0, 0);
        DateTimeOffset? evidence = null;
        rig.Api.BeforePut = request =>
        {
            var misplaced = request.Entries.ToArray().Sum(entry => Misplaced(rig, entry));
            wrong += misplaced;
            if (misplaced > 0 && evidence is { } seen && rig.Clock.GetUtcNow() > seen + rig.Api.Latency)
                wrongLate += misplaced;
            if (misplaced > 0)
                evidence ??= rig.Clock.GetUtcNow();
        };
        var producer = rig.Create();

        for (var step = 0; step < 8_000; step++)
        {
            if (step % 400 == 399)
            {
                evidence = null;
                Reshard(rig, random);
            }

            for (var i = 0; i < 5; i++)
                await producer.EnqueueAsync($"key-{sent % 977}", Encoding.UTF8.GetBytes($"{sent++}"), Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(5));
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(sent, rig.Stored(strictRangeFilter: true).Select(record => record.Text).Distinct().Count());
        Assert.InRange(wrong, 1, sent / 4);
        Assert.InRange(wrongLate, 0, sent / 100);
    }

    [Fact]
    public async Task Only_one_listing_runs_although_many_calls_show_that_the_map_is_old()
    {
        await using var rig = new ProducerRig(shards: 4);
        var producer = rig.Create(options => options.Aggregation.Enabled = false);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        foreach (var shard in rig.Stream.ListShards())
            rig.Stream.Split(shard.ShardId);

        for (var i = 0; i < 5_000; i++)
            await producer.EnqueueAsync($"key-{i}", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(2, rig.Api.Listings);
        Assert.Equal(5_001, rig.Stored().Count);
    }

    [Fact]
    public async Task Records_without_company_are_accepted_wherever_they_land()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        rig.Stream.Split(rig.Stream.ShardIds[0]);

        var receipt = await rig.UntilAsync(producer.SendAsync("alone", "x"u8.ToArray(), Stop).AsTask());

        Assert.Single(receipt.Attempts);
        Assert.Single(rig.Stored(), record => record.Key == "alone");
    }

    [Fact]
    public async Task An_aggregate_that_landed_on_a_shard_without_some_of_its_keys_is_sent_again_as_a_whole()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        var pending = new List<PendingRecord>();
        for (var i = 0; i < 40; i++)
            pending.Add(await producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop));
        rig.Stream.Split(rig.Stream.ShardIds[0]);

        await rig.UntilAsync(producer.FlushAsync(Stop));

        var receipts = await Task.WhenAll(pending.Select(record => record.Delivery));
        Assert.All(receipts, receipt => Assert.Equal(["WrongShard", null], receipt.Attempts.Select(attempt => attempt.ErrorCode)));
        Assert.Equal(40, rig.Stored(strictRangeFilter: true).Count(record => record.WasAggregated));
        var shards = rig.Stream.ListShards().ToDictionary(shard => shard.ShardId, shard => shard.HashKeyRange);
        for (var i = 0; i < 40; i++)
            Assert.True(shards[receipts[i].ShardId].Contains(PartitionKeyHash.Compute(string.Create(CultureInfo.InvariantCulture, $"key-{i}"))));
    }

    /// <summary>How many records of an entry a consumer with a range filter would drop, as the shards are now.</summary>
    private static int Misplaced(ProducerRig rig, PutRecordsEntry entry)
    {
        var content = new List<AggregatedUserRecord>();
        if (!AggregatedRecordReader.TryRead(entry.Data, content))
            return 0;
        var range = rig.Stream.ListShards().Single(shard => shard.IsOpen && shard.HashKeyRange.Contains(entry.ExplicitHashKey!.Value)).HashKeyRange;
        return content.Exists(user => !range.Contains(user.ExplicitHashKey ?? PartitionKeyHash.Compute(user.PartitionKey))) ? content.Count : 0;
    }

    private static async Task<HashSet<string>> ProduceAsync(ProducerRig rig, KinesisProducer producer, Random random, int records, int reshards)
    {
        var pending = new List<(string Text, PendingRecord Record)>();
        var resharding = Enumerable.Range(0, reshards).Select(_ => random.Next(records)).ToHashSet();
        for (var i = 0; i < records; i++)
        {
            var text = $"{i}";
            UInt128? hashKey = random.Next(4) == 0 ? new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) : null;
            pending.Add((text, await producer.EnqueueAsync(new ProducerRecord($"key-{random.Next(40)}", Encoding.UTF8.GetBytes(text), hashKey), Stop)));
            if (random.Next(8) == 0)
                await rig.PassAsync(TimeSpan.FromMilliseconds(random.Next(1, 60)));
            if (resharding.Contains(i))
                Reshard(rig, random);
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));
        return pending.Where(sent => sent.Record.Delivery.IsCompletedSuccessfully).Select(sent => sent.Text).ToHashSet();
    }

    private static void Reshard(ProducerRig rig, Random random)
    {
        var open = rig.Stream.ListShards().Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).ToList();
        var at = random.Next(open.Count);
        if (at + 1 < open.Count && random.Next(3) == 0)
            rig.Stream.Merge(open[at].ShardId, open[at + 1].ShardId);
        else
            rig.Stream.Split(open[at].ShardId);
    }
}
