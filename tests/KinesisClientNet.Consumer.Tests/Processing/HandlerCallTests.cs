using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>What stands around a call of the handler: time limit, the user's own pipeline, the limit of all calls of the process, the rate.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class HandlerCallTests
{
    [Fact]
    [Trait("Story", "S2")]
    public async Task A_handler_that_exceeds_its_timeout_is_cancelled_and_its_batch_comes_again()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var cancelledAfter = new List<TimeSpan>();
        rig.Start(
            async (batch, stopping) =>
            {
                if (batch.Attempt > 2)
                    return;
                var startedAt = rig.Clock.Elapsed;
                try
                {
                    await Task.Delay(TimeSpan.FromHours(1), rig.Clock, stopping);
                }
                finally
                {
                    cancelledAfter.Add(rig.Clock.Elapsed - startedAt);
                }
            },
            options => options.Processing.HandlerTimeout = TimeSpan.FromSeconds(7));

        rig.RunUntilHandled(3);

        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)], cancelledAfter);
        Assert.Equal(["0", "1", "2"], rig.Ledger.Entries.Select(entry => entry.Value));
    }

    [Fact]
    public async Task A_timeout_says_which_shard_and_which_setting_and_the_checkpoint_stays()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var consumer = rig.Start(
            async (_, stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping),
            options => options.Processing.HandlerTimeout = TimeSpan.FromSeconds(1));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.RetryingRecords), TimeSpan.FromMinutes(1));

        var error = Assert.IsType<TimeoutException>(consumer.Shards.Single().Error);

        Assert.Contains("shardId-000000000000", error.Message, StringComparison.Ordinal);
        Assert.Contains("Processing.HandlerTimeout", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);
    }

    [Fact]
    public async Task The_users_pipeline_wraps_the_call_and_what_it_mends_is_no_failure()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(4);
        var calls = 0;
        var attempts = new List<int>();
        rig.Start(
            (batch, _) =>
            {
                attempts.Add(batch.Attempt);
                return ++calls % 3 == 0 ? default : throw new IOException("away");
            },
            options => options.Processing.HandlerPipeline = new ResiliencePipelineBuilder { TimeProvider = rig.Clock }
                .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.FromMilliseconds(100), BackoffType = DelayBackoffType.Constant })
                .Build());

        rig.RunUntilHandled(4);

        Assert.Equal([1, 1, 1], attempts);
        Assert.DoesNotContain(rig.Log.Entries, entry => entry.Id == 3013);
    }

    [Fact]
    public async Task What_leaves_the_users_pipeline_is_the_handlers_failure()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2);
        var attempts = new List<int>();
        rig.Start(
            async (batch, stopping) =>
            {
                attempts.Add(batch.Attempt);
                if (batch.Attempt < 3)
                    await Task.Delay(TimeSpan.FromHours(1), rig.Clock, stopping);
            },
            options => options.Processing.HandlerPipeline = new ResiliencePipelineBuilder { TimeProvider = rig.Clock }.AddTimeout(TimeSpan.FromSeconds(3)).Build());

        rig.RunUntilHandled(2);

        Assert.Equal([1, 2, 3], attempts);
        Assert.IsType<TimeoutRejectedException>(rig.Log.Entries.First(entry => entry.Id == 3013).Error);
    }

    [Fact]
    public async Task A_stop_reaches_the_handler_through_the_users_pipeline()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2);
        var wasCancelled = false;
        var consumer = rig.Start(
            async (_, stopping) =>
            {
                using var registration = stopping.Register(() => wasCancelled = true);
                await Task.Delay(TimeSpan.FromHours(1), rig.Clock, stopping);
            },
            options => options.Processing.HandlerPipeline = new ResiliencePipelineBuilder { TimeProvider = rig.Clock }.AddTimeout(TimeSpan.FromHours(2)).Build());
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));

        rig.Stop(consumer);

        Assert.True(wasCancelled);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 8)]
    public async Task All_shards_and_lanes_share_the_limit_of_handler_calls(int shards, int concurrency)
    {
        await using var rig = new ConsumerRig(shards);
        await rig.PutAsync(400, keys: 200);
        var (running, most) = (0, 0);
        var gate = new Lock();
        rig.Start(
            async (_, stopping) =>
            {
                lock (gate)
                    most = Math.Max(most, ++running);
                await Task.Delay(TimeSpan.FromMilliseconds(50), rig.Clock, stopping);
                lock (gate)
                    running--;
            },
            options =>
            {
                (options.Processing.Concurrency, options.Processing.MaxConcurrentHandlers, options.Processing.MaxBatchRecords) = (concurrency, 3, 5);
            });

        rig.RunUntilHandled(400);

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task The_limit_of_handler_calls_can_be_changed_while_running()
    {
        await using var rig = new ConsumerRig(shards: 4);
        await rig.PutAsync(400, keys: 200);
        var (running, most) = (0, 0);
        var gate = new Lock();
        var consumer = rig.Start(
            async (_, stopping) =>
            {
                lock (gate)
                    most = Math.Max(most, ++running);
                await Task.Delay(TimeSpan.FromMilliseconds(100), rig.Clock, stopping);
                lock (gate)
                    running--;
            },
            options => (options.Processing.MaxConcurrentHandlers, options.Processing.MaxBatchRecords, options.Processing.Concurrency) = (1, 1, 4));

        Assert.Equal(1, MostIn(TimeSpan.FromSeconds(1)));
        consumer.MaxConcurrentHandlers = 6;
        Assert.Equal(6, MostIn(TimeSpan.FromSeconds(1)));
        consumer.MaxConcurrentHandlers = null;
        Assert.Equal(16, MostIn(TimeSpan.FromSeconds(1)));
        consumer.MaxConcurrentHandlers = 2;
        rig.Clock.RunFor(TimeSpan.FromSeconds(1)); // calls that ran are not interrupted
        Assert.Equal(2, MostIn(TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.MaxConcurrentHandlers = 0);
        Assert.Equal(2, consumer.MaxConcurrentHandlers);
        consumer.MaxConcurrentHandlers = null;
        rig.RunUntilHandled(400);

        int MostIn(TimeSpan time)
        {
            lock (gate)
                most = 0;
            rig.Clock.RunFor(time);
            lock (gate)
                return most;
        }
    }

    [Fact]
    public async Task A_failed_batch_gives_its_place_to_others_while_it_waits()
    {
        await using var rig = new ConsumerRig(shards: 2);
        var bad = rig.Stream.ShardIds[0];
        await rig.PutAsync(40, keys: 40);
        var consumer = rig.Start(
            (batch, _) => batch.Shard.ShardId == bad ? throw new IOException("away") : default,
            options => (options.Processing.MaxConcurrentHandlers, options.Processing.MaxBatchRecords) = (1, 1));

        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(ShardReason.CaughtUp, consumer.Explain(rig.Stream.ShardIds[1]).Reason);
        Assert.Equal(ShardReason.RetryingRecords, consumer.Explain(bad).Reason);
        Assert.InRange(rig.Ledger.Count, 10, 30);
    }

    /// <summary>Retries are not paid for again, and no batch is larger than a second's worth.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_rate_counts_each_record_once_and_cuts_batches_to_a_second(int concurrency)
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(600, keys: 50);
        var largest = 0;
        rig.Start(
            (batch, _) =>
            {
                largest = Math.Max(largest, batch.Count);
                return batch.Attempt < 3 ? throw new IOException("away") : default;
            },
            options =>
            {
                (options.Processing.MaxRecordsPerSecond, options.Processing.Concurrency) = (10, concurrency);
                (options.Failure.FirstBackoff, options.Failure.MaxBackoff) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
            });
        rig.RunUntilHandled(1);
        var before = rig.Ledger.Count;

        rig.Clock.RunFor(TimeSpan.FromSeconds(30));

        Assert.InRange(largest, 1, 10);
        Assert.InRange(rig.Ledger.Count - before, 270, 330);
    }
}
