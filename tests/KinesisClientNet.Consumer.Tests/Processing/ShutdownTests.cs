using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class ShutdownTests
{
    /// <summary>
    /// Issue "Processing", acceptance: SIGTERM at 1,000 random instants (virtual time): ends within the deadline, every handled record checkpointed.
    /// Demand story G1. 40 fleets are stopped 25 times each.
    /// </summary>
    [Theory]
    [Trait("Story", "G1")]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    [Trait("Story", "G1")]
    public async Task A_stop_at_any_instant_ends_in_time_with_every_handled_record_checkpointed(int seed, int concurrency)
    {
        var random = new Random(seed);
        for (var round = 0; round < 10; round++)
        {
            await using var rig = new ConsumerRig();
            var handled = new List<ExtendedSequenceNumber>();
            await rig.PutAsync(600);
            for (var stops = 0; stops < 25; stops++)
            {
                var limit = TimeSpan.FromSeconds(random.Next(1, 20));
                var now = new List<ExtendedSequenceNumber>();
                var delay = TimeSpan.FromMilliseconds(random.Next(1, 400));
                var consumer = rig.Start(
                    IShardProcessor.ForRecords(async (record, _, stopping) =>
                    {
                        await Task.Delay(delay, rig.Clock, stopping);
                        lock (handled)
                        {
                            handled.Add(record.Position);
                            now.Add(record.Position);
                        }
                    }),
                    options =>
                    {
                        options.ShutdownTimeout = limit;
                        options.Processing.Concurrency = concurrency;
                        options.Checkpoint.MinInterval = TimeSpan.FromSeconds(random.Next(0, 10));
                        options.Processing.MaxBatchRecords = random.Next(1, 50);
                    });
                rig.Clock.RunFor(TimeSpan.FromMilliseconds(random.Next(0, 4000)));

                var took = rig.Stop(consumer);

                Assert.True(took <= limit, $"{took} of {limit}");
                Assert.Null((await rig.LeaseAsync())?.Owner);
                // With lanes a stop that must cancel handlers can leave a gap before what others have handled; all else is checkpointed.
                if (now.Count > 0 && (concurrency == 1 || took < limit * 0.7))
                    Assert.True(now.Max() <= (await rig.LeaseAsync()).Checkpoint, $"{now.Max()} is handled, {(await rig.LeaseAsync()).Checkpoint} is written");
            }

            // With one lane a record that was handled is never handled again, whatever the instant of the stop.
            if (concurrency == 1)
                Assert.Equal(handled.Distinct(), handled);
            Assert.True(handled.Count > 0);
        }
    }

    [Fact]
    public async Task A_running_batch_is_finished_and_checkpointed_before_the_lease_is_given_up()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var consumer = rig.Start(async (_, stopping) => await Task.Delay(TimeSpan.FromSeconds(5), rig.Clock, stopping));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));

        var took = rig.Stop(consumer);

        Assert.InRange(took, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
        Assert.Equal(3, rig.Ledger.Count);
        var lease = await rig.LeaseAsync();
        Assert.Equal(rig.Ledger.Entries[^1].Position, lease.Checkpoint);
        Assert.Null(lease.Owner);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cancelled_and_its_batch_is_not_checkpointed()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var wasCancelled = false;
        var consumer = rig.Start(async (_, stopping) =>
        {
            using var registration = stopping.Register(() => wasCancelled = true);
            await Task.Delay(TimeSpan.FromHours(1), rig.Clock, stopping);
        });
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));

        var took = rig.Stop(consumer);

        Assert.True(wasCancelled);
        Assert.InRange(took, TimeSpan.FromSeconds(18), TimeSpan.FromSeconds(25));
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);
        Assert.Null((await rig.LeaseAsync()).Owner);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_is_left_behind_and_its_lease_is_left_to_expire()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var never = new TaskCompletionSource();
        var consumer = rig.Start((_, _) => new ValueTask(never.Task));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));

        var took = rig.Stop(consumer);

        Assert.True(took <= TimeSpan.FromSeconds(25), $"{took}");
        Assert.Equal("worker-1", (await rig.LeaseAsync()).Owner);
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);
    }

    [Fact]
    public async Task The_handler_learns_why_it_is_closed()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var recorder = new Recorder(rig.Ledger, "worker-1");
        var consumer = rig.Start(_ => recorder);
        rig.RunUntilHandled(3);

        rig.Stop(consumer);

        Assert.Equal([ShardCloseReason.Stopping], recorder.Closings);
    }
}
