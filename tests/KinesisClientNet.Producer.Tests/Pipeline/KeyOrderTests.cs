using System.Globalization;
using System.Text;
using CsCheck;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3, ordered mode: per partition key FIFO under retries, throttles and reshards.</summary>
public sealed class KeyOrderTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>A failed entry stops its key, not the others of its shard.</summary>
    [Fact]
    public async Task A_record_that_keeps_failing_holds_up_its_key_and_no_other()
    {
        await using var rig = new ProducerRig(shards: 1);
        var fails = true;
        rig.Api.FailEntry = entry => fails && entry.PartitionKey == "stuck" ? "InternalFailure" : null;
        var producer = rig.Create(options => (options.KeepKeyOrder, options.Aggregation.Enabled) = (true, false));
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());

        for (var i = 0; i < 300; i++)
            await producer.EnqueueAsync(i % 3 == 0 ? "stuck" : $"key-{i % 7}", Encoding.UTF8.GetBytes($"{i}"), Stop);
        await rig.PassAsync(TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(20));

        Assert.Equal(200, rig.Stored().Count(record => record.Key.StartsWith("key", StringComparison.Ordinal)));
        Assert.DoesNotContain(rig.Stored(), record => record.Key == "stuck");
        fails = false;
        await rig.UntilAsync(producer.FlushAsync(Stop));
        foreach (var key in rig.Stored().Where(record => record.Key != "warm-up").GroupBy(record => record.Key))
            Assert.Equal(key.Select(record => int.Parse(record.Text, CultureInfo.InvariantCulture)).Order(), key.Select(record => int.Parse(record.Text, CultureInfo.InvariantCulture)));
        Assert.Equal(301, rig.Stored().Count);
    }

    [Fact]
    public async Task The_first_copies_of_each_key_are_stored_in_order_whatever_fails() =>
        await Gen.Int.SampleAsync(async seed =>
        {
            var random = new Random(seed);
            await using var rig = new ProducerRig(shards: random.Next(1, 4));
            rig.Api.Latency = TimeSpan.FromMilliseconds(random.Next(0, 30));
            rig.Api.FailEntry = _ => random.Next(5) == 0 ? random.Next(2) == 0 ? "InternalFailure" : "ProvisionedThroughputExceededException" : null;
            rig.Api.BeforePut = _ =>
            {
                if (random.Next(10) == 0)
                    throw new HttpRequestException("lost");
            };
            var arrivals = new List<(string Key, int Number)>();
            var producer = rig.Create(
                options =>
                {
                    options.KeepKeyOrder = true;
                    options.Aggregation.Enabled = random.Next(2) == 0;
                    options.Aggregation.MaxBytes = random.Next(100, 600);
                },
                seed);

            for (var i = 0; i < 200; i++)
            {
                await producer.EnqueueAsync($"key-{random.Next(6)}", Encoding.UTF8.GetBytes($"{i}"), Stop);
                if (random.Next(6) == 0)
                    await rig.PassAsync(TimeSpan.FromMilliseconds(random.Next(1, 80)));
                if (random.Next(60) == 0)
                    rig.Stream.Split(rig.Stream.ListShards().First(shard => shard.IsOpen).ShardId);
            }

            await rig.UntilAsync(producer.FlushAsync(Stop));

            // Consumers read parents before children, and ids grow with each reshard; a range filter drops the copies that do not count.
            var perKey = rig.Stored(strictRangeFilter: true).GroupBy(record => record.Key);
            foreach (var key in perKey)
            {
                var numbers = key.Select(record => int.Parse(record.Text, CultureInfo.InvariantCulture)).Distinct().ToList();
                Assert.Equal(numbers.Order(), numbers);
            }

            Assert.Equal(200, rig.Stored(strictRangeFilter: true).Select(record => record.Text).Distinct().Count());
        }, iter: 30, threads: 1);
}
