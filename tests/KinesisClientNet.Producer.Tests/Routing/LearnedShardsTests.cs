using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Routing;

/// <summary>Issue 3: without ListShards permission, raw sending with rate limiting by learned shard.</summary>
public sealed class LearnedShardsTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_learned_is_true_and_forgotten_when_the_shards_change() =>
        await Gen.Int.SampleAsync(async seed =>
        {
            var random = new Random(seed);
            await using var rig = new ProducerRig(shards: random.Next(1, 9));
            var learned = Learned(rig.Clock);
            for (var round = 0; round < 4; round++)
            {
                var map = ShardMap.Create(rig.Stream.ListShards().Where(shard => shard.IsOpen).ToList());
                for (var i = 0; i < 300; i++)
                {
                    var hashKey = new UInt128((ulong)random.NextInt64() << 1, (ulong)random.NextInt64());
                    var actual = map.Shards[map.IndexOf(hashKey)].ShardId;
                    if (round == 0)
                        Assert.Contains(learned.LaneOf(hashKey)?.ShardId, new[] { null, actual });
                    learned.Learn(hashKey, actual);
                    Assert.Equal(actual, learned.LaneOf(hashKey)!.ShardId);
                }

                // After as many observations nearly every key is known, and what is known of the past is gone.
                var wrong = Enumerable.Range(0, 200).Select(_ => new UInt128((ulong)random.NextInt64() << 1, 0))
                    .Count(key => learned.LaneOf(key) is { } lane && lane.ShardId != map.Shards[map.IndexOf(key)].ShardId);
                Assert.InRange(wrong, 0, 20);
                Assert.InRange(learned.Count, 1, map.Shards.Count + 2);
                rig.Stream.Split(map.Shards[random.Next(map.Shards.Count)].ShardId);
            }
        }, iter: 40, threads: 1);

    [Fact]
    public async Task Without_permission_to_list_shards_each_shard_still_gets_what_it_can_take_and_hardly_more()
    {
        await using var rig = Denied(out var tries, shards: 4);
        var accepted = 0L;
        var producer = rig.Create(options =>
        {
            options.Buffer.MaxRecords = 8_000;
            options.OnRecordsSettled = settled => accepted += settled.Succeeded ? 1 : 0;
        });
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 600_000, recordBytes: 100); // 6,000 records/s where 4,000 fit

        await load.RunAsync(TimeSpan.FromSeconds(8), Stop);
        var (triesBefore, acceptedBefore) = (tries(), accepted);
        await load.RunAsync(TimeSpan.FromSeconds(10), Stop);

        Assert.InRange((accepted - acceptedBefore) / 10.0, 0.9 * 4_000, 4_040);
        Assert.InRange((tries() - triesBefore) / (double)(accepted - acceptedBefore), 1, 1.3);
    }

    [Fact]
    [Trait("Story", "H2")]
    public async Task Without_permission_to_list_shards_a_shard_that_refuses_everything_leaves_the_others_alone()
    {
        await using var rig = Denied(out _, shards: 4);
        var hot = rig.Stream.ListShards()[1].HashKeyRange;
        var isHot = false;
        rig.Api.FailEntry = entry => isHot && hot.Contains(PartitionKeyHash.Compute(entry.PartitionKey)) ? "ProvisionedThroughputExceededException" : null;
        var producer = rig.Create();
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 100_000, recordBytes: 100);
        await load.RunAsync(TimeSpan.FromSeconds(3), Stop);
        isHot = true;
        var (acceptedBefore, storedBefore) = (load.Accepted, rig.Stored().Count);

        await load.RunAsync(TimeSpan.FromSeconds(20), Stop);

        var sent = Enumerable.Range(acceptedBefore, load.Accepted - acceptedBefore).Count(i => !hot.Contains(PartitionKeyHash.Compute($"key-{i % 997}")));
        Assert.InRange(rig.Stored().Count - storedBefore, (int)(sent * 0.98), sent + 500);
        isHot = false;
        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.Equal(load.Accepted, rig.Stored().Select(record => record.Text).Distinct().Count());
    }

    [Fact]
    public async Task When_the_permission_is_granted_the_map_takes_over_and_records_are_packed()
    {
        await using var rig = Denied(out _, shards: 4);
        var producer = rig.Create();
        for (var i = 0; i < 500; i++)
            await producer.EnqueueAsync($"key-{i}", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));
        rig.Api.BeforeList = null;

        await rig.PassAsync(TimeSpan.FromMinutes(5.1), TimeSpan.FromSeconds(1));
        for (var i = 0; i < 500; i++)
            await producer.EnqueueAsync($"later-{i}", default, Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.All(rig.Stored(strictRangeFilter: true), record => Assert.Equal(record.Key.StartsWith("later", StringComparison.Ordinal), record.WasAggregated));
        Assert.Equal(1_000, rig.Stored().Count);
    }

    private static LearnedShards Learned(TimeProvider clock)
    {
        var inbox = new CollectorInbox(lingerTicks: 0);
        var context = new AggregatorContext(new AggregationOptions(), new BufferPool(1_024), new FlushEpochs(1), inbox);
        return new LearnedShards(new LaneFactory(context, new ShardLimits(1.5, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3), 1_000), new Random(1), clock));
    }

    private static ProducerRig Denied(out Func<long> tries, int shards)
    {
        var rig = new ProducerRig(shards, Local.LocalThrottling.Strict);
        var count = 0L;
        rig.Api.BeforeList = () => throw new KinesisApiException(KinesisErrorKind.AccessDenied, "AccessDeniedException", "No.", 400);
        rig.Api.BeforePut = request => count += request.Entries.Length;
        tries = () => count;
        return rig;
    }
}
