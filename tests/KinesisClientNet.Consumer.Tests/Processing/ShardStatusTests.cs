using System.Collections.Concurrent;
using KinesisClientNet.Consumer.Tests.Support;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class ShardStatusTests
{
    /// <summary>Issue "Processing", acceptance: handler that never returns: other shards unaffected, reason shown within the configured time. Demand story S2.</summary>
    [Fact]
    [Trait("Story", "S2")]
    public async Task A_handler_that_never_returns_is_named_in_time_and_holds_up_nobody_else()
    {
        await using var rig = new ConsumerRig(shards: 2);
        var never = new TaskCompletionSource();
        var reports = new ConcurrentQueue<ShardStatus>();
        var stuck = rig.Stream.ShardIds[0];
        var consumer = rig.Start(
            (batch, stopping) => batch.Shard.ShardId == stuck ? new ValueTask(never.Task.WaitAsync(stopping)) : default,
            options =>
            {
                options.Processing.HandlerWarningAfter = TimeSpan.FromSeconds(20);
                options.Retrieval.PrefetchBytes = 1024 * 1024;
                options.OnStatusChanged = reports.Enqueue;
            });
        await rig.PutAsync(400, keys: 40);
        rig.Clock.RunUntil(() => reports.Any(status => status.ShardId == stuck && status.Reason == ShardReason.HandlerRunning && status.IsDegraded), TimeSpan.FromMinutes(2));
        var before = rig.Ledger.Count;
        await rig.PutAsync(400, keys: 40);
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));

        var status = consumer.Explain(stuck);

        Assert.Equal(ShardReason.HandlerRunning, status.Reason);
        Assert.True(status.IsDegraded);
        Assert.InRange(status.Duration, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60));
        Assert.True(rig.Ledger.Count > before);
        Assert.DoesNotContain(rig.Ledger.Entries, entry => entry.ShardId == stuck);
        var other = consumer.Shards.Single(shard => shard.ShardId != stuck);
        Assert.Equal(ShardReason.CaughtUp, other.Reason);
        Assert.False(other.IsDegraded);
        Assert.Contains("HandlerRunning for 5", status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retried_record_is_named_with_its_attempt_and_error()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var consumer = rig.Start((_, _) => throw new TimeoutException("database away"));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Detail.Contains("attempt 4", StringComparison.Ordinal)), TimeSpan.FromMinutes(5));

        var status = consumer.Shards.Single();

        Assert.Equal(ShardReason.RetryingRecords, status.Reason);
        Assert.True(status.IsDegraded);
        Assert.IsType<TimeoutException>(status.Error);
        Assert.Equal(0, rig.Ledger.Count);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.WaitingForParent))]
    public async Task A_child_says_which_parent_it_waits_for()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(5);
        var gate = new TaskCompletionSource();
        var consumer = rig.Start((_, stopping) => new ValueTask(gate.Task.WaitAsync(stopping)));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));
        var parent = rig.Stream.ShardIds[0];
        rig.Stream.Split(parent);
        // Another worker, or a Java one, may have made the children's leases already.
        foreach (var child in rig.Stream.ShardIds.Where(id => id != parent))
        {
            await rig.Leases.WriteLeaseAsync(
                new Consumer.Leasing.CreateLease(new Consumer.Leasing.Lease { LeaseKey = child, ShardId = child, Checkpoint = default, ParentShardIds = [parent] }),
                TestContext.Current.CancellationToken);
        }

        rig.Clock.RunUntil(() => consumer.Shards.Count(shard => shard.Reason == ShardReason.WaitingForParent) == 2, TimeSpan.FromMinutes(3), () => string.Join("; ", consumer.Shards));

        Assert.All(consumer.Shards.Where(shard => shard.ShardId != parent), shard => Assert.StartsWith(parent, shard.Detail, StringComparison.Ordinal));
        gate.SetResult();
        rig.Clock.RunUntil(() => consumer.Shards.Count == 2 && consumer.Shards.All(shard => shard.Reason == ShardReason.CaughtUp), TimeSpan.FromMinutes(3), () => string.Join("; ", consumer.Shards));
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Paused))]
    public async Task A_paused_shard_says_so_keeps_its_lease_and_goes_on_after_resume()
    {
        await using var rig = new ConsumerRig();
        var consumer = rig.Start();
        await rig.PutAsync(3);
        rig.RunUntilHandled(3);
        consumer.Pause(rig.Stream.ShardIds[0]);
        await rig.PutAsync(3, from: 3);
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));

        Assert.Equal(3, rig.Ledger.Count);
        Assert.Equal(ShardReason.Paused, consumer.Shards.Single().Reason);
        Assert.Equal("worker-1", (await rig.LeaseAsync()).Owner);

        consumer.Resume(rig.Stream.ShardIds[0]);
        rig.RunUntilHandled(6);
    }

    [Fact]
    public async Task Pausing_everything_holds_every_shard()
    {
        await using var rig = new ConsumerRig(shards: 3);
        var consumer = rig.Start();
        rig.Clock.RunUntil(() => consumer.Shards.Count == 3, TimeSpan.FromMinutes(1));
        consumer.Pause();
        rig.Clock.RunFor(TimeSpan.FromSeconds(5));
        // Also those that have nothing to deliver, with since when.
        Assert.All(consumer.Shards, shard => Assert.Equal((ShardReason.Paused, TimeSpan.FromSeconds(5)), (shard.Reason, shard.Duration)));
        await rig.PutAsync(60, keys: 30);
        rig.Clock.RunFor(TimeSpan.FromMinutes(3));
        Assert.Equal(0, rig.Ledger.Count);

        consumer.Resume();
        rig.RunUntilHandled(60);
        Assert.DoesNotContain(consumer.Shards, shard => shard.Reason == ShardReason.Paused);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.RateLimited))]
    public async Task The_rate_of_records_is_kept_and_can_be_changed_while_running()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2_000);
        var consumer = rig.Start(change: options =>
        {
            options.Processing.MaxRecordsPerSecond = 10;
            options.Processing.MaxBatchRecords = 5;
        });
        rig.RunUntilHandled(5);
        rig.Clock.RunFor(TimeSpan.FromSeconds(60));
        Assert.InRange(rig.Ledger.Count, 590, 615);
        Assert.Equal(ShardReason.RateLimited, consumer.Shards.Single().Reason);

        consumer.MaxRecordsPerSecond = null;
        rig.RunUntilHandled(2_000, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_shard_without_a_lease_is_explained_too()
    {
        await using var rig = new ConsumerRig();

        Assert.Equal(ShardReason.NoLease, rig.Start().Explain("shardId-000000000099").Reason);
    }
}
