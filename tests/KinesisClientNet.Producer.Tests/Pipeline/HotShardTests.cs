using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class HotShardTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>Story H2: 64 shards under strict limits, one of which refuses everything, each with its own caller.</summary>
    [Fact]
    [Trait("Story", "H2")]
    public async Task One_shard_that_refuses_everything_leaves_the_others_at_least_98_percent_of_their_rate()
    {
        const int Shards = 64;
        await using var rig = new ProducerRig(Shards, Local.LocalThrottling.Strict);
        var hot = rig.Stream.ListShards()[17].HashKeyRange;
        rig.Api.FailEntry = entry => hot.Contains(entry.ExplicitHashKey ?? PartitionKeyHash.Compute(entry.PartitionKey)) ? "ProvisionedThroughputExceededException" : null;
        var producer = rig.Create(options => options.Buffer.MaxBytes = 4 * 1024 * 1024);
        var loads = KeysPerShard(rig).Select(key => new SteadyLoad(producer, rig, bytesPerSecond: 32 * 1024, recordBytes: 512, _ => key)).ToList();

        for (var step = 0; step < 600; step++)
        {
            foreach (var load in loads)
                await load.EnqueueAsync(TimeSpan.FromMilliseconds(50), Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(10));
        }

        var stored = rig.Stored().GroupBy(record => record.Key).ToDictionary(group => group.Key, group => group.Count());
        var wanted = 30 * 32 * 1024 / 512;
        for (var i = 0; i < Shards; i++)
        {
            var count = stored.GetValueOrDefault($"{KeysPerShard(rig)[i]}");
            if (i == 17)
                Assert.Equal(0, count);
            else
                Assert.InRange(count, (int)(wanted * 0.98), wanted);
        }
    }

    /// <summary>Story H1: producers that do not know of each other share a shard.</summary>
    [Theory]
    [Trait("Story", "H1")]
    [InlineData(50, false)]
    [InlineData(10, true)]
    [Trait("Story", "H1")]
    public async Task Producers_that_share_a_shard_use_95_percent_of_it_with_at_most_1_3_tries_a_record(int producers, bool aggregates)
    {
        await using var rig = new ProducerRig(shards: 1, Local.LocalThrottling.Strict);
        var (tries, accepted) = (0L, 0L);
        rig.Api.BeforePut = request => tries += request.Entries.Length;
        var loads = new List<SteadyLoad>();
        for (var i = 0; i < producers; i++)
        {
            var producer = rig.Create(
                options =>
                {
                    options.Aggregation.Enabled = aggregates;
                    options.Buffer.MaxBytes = 256 * 1024;
                    options.OnRecordsSettled = settled => accepted += settled.Succeeded ? 1 : 0;
                },
                seed: i);
            var offered = 2.0 * (aggregates ? 1024 * 1024 : 100_000) / producers;
            loads.Add(new SteadyLoad(producer, rig, offered, aggregates ? 1_000 : 100));
        }

        await RunAllAsync(rig, loads, seconds: 10);
        var (triesBefore, acceptedBefore, bytesBefore) = (tries, accepted, StoredBytes(rig));
        await RunAllAsync(rig, loads, seconds: 30);

        var goodput = aggregates ? (StoredBytes(rig) - bytesBefore) / (30.0 * 1024 * 1024) : (accepted - acceptedBefore) / 30_000.0;
        Assert.InRange(goodput, 0.95, 1.01);
        Assert.InRange((tries - triesBefore) / (double)(accepted - acceptedBefore), 1, 1.3);
    }

    private static long StoredBytes(ProducerRig rig) => rig.Stream.Records().Sum(record => (long)record.Data.Length + record.PartitionKey!.Length);

    private static async Task RunAllAsync(ProducerRig rig, List<SteadyLoad> loads, int seconds)
    {
        for (var step = 0; step < seconds * 20; step++)
        {
            foreach (var load in loads)
                await load.EnqueueAsync(TimeSpan.FromMilliseconds(50), Stop);
            await rig.PassAsync(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(10));
        }
    }

    private static string[] KeysPerShard(ProducerRig rig)
    {
        var map = ShardMap.Create(rig.Stream.ListShards());
        var keys = new string?[map.Shards.Count];
        for (var i = 0; keys.Contains(null); i++)
            keys[map.IndexOf(PartitionKeyHash.Compute($"key-{i}"))] ??= $"key-{i}";
        return keys!;
    }
}
