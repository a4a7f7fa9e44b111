using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Testing.Tests;

public class ConsumerHarnessTests
{
    private readonly ConcurrentQueue<string> _seen = [];

    [Fact]
    public async Task Fleet_of_the_blueprint_survives_a_crash_and_a_split()
    {
        var clock = new FakeTimeProvider();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: 4);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 2);
        await fleet.LeasesBalancedAsync();
        Assert.Equal((2, 2), (fleet.Consumer(0).Shards.Count, fleet.Consumer(1).Shards.Count));

        await kinesis.Stream("orders").PutAsync("customer-42", "paid"u8.ToArray());
        await fleet.CrashAsync(worker: 0);
        clock.Advance(TimeSpan.FromSeconds(11));
        kinesis.Stream("orders").Split(kinesis.Stream("orders").ShardIds[0]);
        await fleet.CaughtUpAsync();

        Assert.Contains("paid", _seen);
    }

    [Fact]
    public async Task Records_put_while_a_worker_is_frozen_are_handled_by_the_others()
    {
        var kinesis = new LocalKinesis(new SteppedTimeProvider()).AddStream("orders", shards: 2);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 2);
        await fleet.LeasesBalancedAsync();

        fleet.Freeze(0);
        for (var i = 0; i < 20; i++)
            await fleet.Stream.PutAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"));
        await fleet.CaughtUpAsync();
        Assert.Equal(20, _seen.Distinct().Count());

        fleet.Thaw(0);
        await fleet.LeasesBalancedAsync();
        Assert.Equal((1, 1), (fleet.Consumer(0).Shards.Count, fleet.Consumer(1).Shards.Count));
    }

    [Fact]
    public async Task Partitioned_worker_loses_its_leases_and_gets_some_back_when_it_is_healed()
    {
        var kinesis = new LocalKinesis(new SteppedTimeProvider()).AddStream("orders", shards: 2);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 2);
        await fleet.LeasesBalancedAsync();

        fleet.Partition(1);
        await fleet.UntilAsync(() => fleet.Consumer(0).Shards.Count == 2, "worker-0 to hold both shards");
        await fleet.UntilAsync(() => fleet.Consumer(1).Shards.Count == 0, "worker-1 to notice that its leases are lost");
        fleet.Heal(1);
        await fleet.LeasesBalancedAsync();

        Assert.Single(fleet.Consumer(1).Shards);
    }

    [Fact]
    public async Task Stopped_worker_gives_its_leases_up_at_once()
    {
        var clock = new SteppedTimeProvider();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: 2);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 1);
        await fleet.LeasesBalancedAsync();
        await fleet.Stream.PutAsync("key", "1"u8.ToArray());
        await fleet.CaughtUpAsync();

        await fleet.StopAsync(0);

        Assert.All((await fleet.Leases.ReadTableAsync(TestContext.Current.CancellationToken)).Leases, static lease => Assert.Null(lease.Owner));
    }

    [Fact]
    [Trait("Story", "D3")]
    public async Task Failing_lease_store_delays_but_loses_nothing()
    {
        var kinesis = new LocalKinesis(new SteppedTimeProvider()).AddStream("orders", shards: 3);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 2);
        fleet.Leases.FailRandomly(failed: 0.1, lost: 0.1);
        for (var i = 0; i < 50; i++)
        {
            await fleet.Stream.PutAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"));
            await fleet.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        fleet.Leases.FailRandomly(0);
        await fleet.CaughtUpAsync();

        Assert.Equal(50, _seen.Distinct().Count());
        Assert.True(fleet.Leases.Failures > 0);
    }

    /// <summary>Found by simulated seed 5707: the barrier looked at the Kinesis record alone, and lanes settle its user records one by one.</summary>
    [Fact]
    public async Task Aggregate_is_caught_up_when_the_last_record_in_it_is_handled()
    {
        var clock = new SteppedTimeProvider();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: 1);
        var options = Options();
        options.Processing.Concurrency = 4;
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, options, _ => new StumblesOver("last", _seen));
        await fleet.LeasesBalancedAsync();
        await using var producer = SeededProducer.Create(new() { StreamName = "orders" }, kinesis, clock, seed: 1);
        await producer.EnqueueAsync(new ProducerRecord("a", "first"u8.ToArray()), TestContext.Current.CancellationToken);
        await producer.EnqueueAsync(new ProducerRecord("b", "last"u8.ToArray()), TestContext.Current.CancellationToken);

        await fleet.UntilAsync(() => fleet.Stream.Records(fleet.Stream.ShardIds[0]).Count == 1, "the aggregate to be stored");
        await fleet.CaughtUpAsync();

        Assert.Equal(["first", "last"], _seen.Order());
    }

    [Fact]
    public async Task Barrier_that_is_not_reached_says_what_every_worker_does()
    {
        var kinesis = new LocalKinesis(new SteppedTimeProvider()).AddStream("orders", shards: 1);
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen));
        await fleet.LeasesBalancedAsync();

        var error = await Assert.ThrowsAsync<TimeoutException>(() => fleet.UntilAsync(static () => false, "a miracle", TimeSpan.FromMinutes(1)));

        Assert.Contains("a miracle", error.Message, StringComparison.Ordinal);
        Assert.Contains("worker-0 runs: shardId-000000000000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_that_cannot_be_moved_is_refused_by_name()
    {
        var kinesis = new LocalKinesis().AddStream("orders", shards: 1);
        var fleet = await ConsumerHarness.StartAsync(kinesis, Options(), _ => new Recorder(_seen), workers: 0);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => fleet.UntilAsync(static () => false, "anything"));

        Assert.Contains("SteppedTimeProvider", error.Message, StringComparison.Ordinal);
        await fleet.DisposeAsync();
    }

    private static KinesisConsumerOptions Options() => new() { StreamName = "orders", ApplicationName = "billing" };

    /// <summary>Handles one record with delay: after five failures.</summary>
    private sealed class StumblesOver(string text, ConcurrentQueue<string> seen) : IShardProcessor
    {
        private int _failures;

        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            foreach (var record in batch)
            {
                var data = Encoding.UTF8.GetString(record.Data.Span);
                if (data == text && Interlocked.Increment(ref _failures) <= 5)
                    throw new InvalidOperationException("Not yet.");
                seen.Enqueue(data);
            }

            return default;
        }
    }

    private sealed class Recorder(ConcurrentQueue<string> seen) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            foreach (var record in batch)
                seen.Enqueue(Encoding.UTF8.GetString(record.Data.Span));
            return default;
        }
    }
}
