using System.Reflection;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>Each answer that <see cref="KinesisConsumer.Explain"/> can give is reached once; the trait names it.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class ShardReasonTests
{
    [Fact]
    public void Every_reason_is_reached_by_a_test_here_or_in_another_class()
    {
        var reached = typeof(ShardReasonTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes<TraitAttribute>())
            .Where(trait => trait.Name == "Reason")
            .Select(trait => trait.Value);

        Assert.Empty(Enum.GetNames<ShardReason>().Except(reached));
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.CaughtUp))]
    public async Task Caught_up_since_the_last_record_was_handled()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var consumer = rig.Start();
        rig.RunUntilHandled(3);
        var status = Reach(rig, consumer, ShardReason.CaughtUp);
        rig.Clock.RunFor(TimeSpan.FromMinutes(3));

        Assert.Equal(status.Since, consumer.Shards.Single().Since);
        Assert.Equal(TimeSpan.Zero, consumer.Shards.Single().Lag);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.CatchingUp))]
    public async Task Catching_up_while_the_service_says_that_there_is_more()
    {
        FlakyKinesis? flaky = null;
        await using var rig = new ConsumerRig(wrap: local => flaky = new FlakyKinesis(local));
        flaky!.EmptyNextReads(20, millisBehindLatest: 30_000);

        Assert.Equal(TimeSpan.FromSeconds(30), Reach(rig, rig.Start(), ShardReason.CatchingUp, status => status.Lag > TimeSpan.Zero).Lag);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.HandlerRunning))]
    [Trait("Story", "S2")]
    public async Task A_handler_that_runs_is_named_with_its_seconds()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var consumer = rig.Start(async (_, stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping));
        Reach(rig, consumer, ShardReason.HandlerRunning);
        rig.Clock.RunFor(TimeSpan.FromSeconds(312));

        Assert.StartsWith("shardId-000000000000: HandlerRunning for 31", consumer.Shards.Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.RetryingRecords))]
    public async Task A_retry_is_named_with_its_sequence_number_and_attempt()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var consumer = rig.Start((_, _) => throw new IOException("away"));

        var status = Reach(rig, consumer, ShardReason.RetryingRecords, status => status.Detail.Contains("attempt 9", StringComparison.Ordinal));

        Assert.Contains(rig.SequenceNumbers[0].ToString(), status.Detail, StringComparison.Ordinal);
        Assert.IsType<IOException>(status.Error);
        Assert.True(status.Duration > TimeSpan.FromSeconds(5));
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.RetryingDeadLetter))]
    public async Task A_dead_letter_sink_that_fails_is_named_with_its_record()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var status = Reach(rig, StartWithSink(rig, new Letters([]) { Failures = int.MaxValue }), ShardReason.RetryingDeadLetter);

        Assert.Contains(rig.SequenceNumbers[0].ToString(), status.Detail, StringComparison.Ordinal);
        Assert.True(status.IsDegraded);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.WritingDeadLetter))]
    public async Task A_dead_letter_sink_that_hangs_is_named_and_degraded_in_time()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var consumer = StartWithSink(rig, new HangingSink(rig.Clock));
        Assert.False(Reach(rig, consumer, ShardReason.WritingDeadLetter).IsDegraded);
        rig.Clock.RunFor(TimeSpan.FromSeconds(61));

        Assert.True(consumer.Shards.Single().IsDegraded);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.KeysParked))]
    public async Task A_key_that_waits_alone_is_shown()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(20, keys: 4);
        var consumer = rig.Start(
            (batch, _) => batch.Any(record => record.PartitionKey == "key-1") ? throw new IOException("away") : default, options => options.Processing.Concurrency = 4);

        Assert.Contains("attempt", Reach(rig, consumer, ShardReason.KeysParked).Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Opening))]
    public async Task A_handler_that_opens_is_shown()
    {
        await using var rig = new ConsumerRig();
        Reach(rig, rig.Start(_ => new Opener(async stopping => await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping))), ShardReason.Opening);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.OpeningFailed))]
    public async Task A_handler_that_cannot_open_is_shown_with_its_error()
    {
        await using var rig = new ConsumerRig();
        var consumer = rig.Start(_ => new Opener(_ => throw new IOException("no connection")));

        Assert.IsType<IOException>(Reach(rig, consumer, ShardReason.OpeningFailed).Error);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.ThrottledByKinesis))]
    public async Task Throttled_reads_are_Kinesis()
    {
        FlakyKinesis? flaky = null;
        await using var rig = new ConsumerRig(wrap: local => flaky = new FlakyKinesis(local));
        flaky!.FailNextReads(50, KinesisErrorKind.Throttled);

        Assert.True(Reach(rig, rig.Start(), ShardReason.ThrottledByKinesis).IsDegraded);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.ReadFailing))]
    public async Task A_reader_that_is_stuck_is_started_again_alone()
    {
        FlakyKinesis? flaky = null;
        await using var rig = new ConsumerRig(shards: 2, wrap: local => flaky = new FlakyKinesis(local));
        flaky!.HangNextRead();
        await rig.PutAsync(200, keys: 40);
        var opened = 0;
        var consumer = rig.Start(_ =>
        {
            opened++;
            return new Recorder(rig.Ledger, "worker-1");
        });
        rig.Clock.RunUntil(() => rig.Ledger.Count > 50, TimeSpan.FromSeconds(5));
        Assert.True(rig.Ledger.Count < 200);

        var stuck = Reach(rig, consumer, ShardReason.ReadFailing);
        rig.RunUntilHandled(200);

        Assert.Equal("CallTimeout", stuck.Detail);
        Assert.Equal(2, opened);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Backpressure))]
    public async Task A_handler_that_is_slower_than_the_reader_is_backpressure_as_long_as_its_calls_are_short()
    {
        await using var rig = new ConsumerRig();
        for (var i = 0; i < 40; i++)
            await rig.PutAsync($"key-{i}", new string('x', 60_000));
        var call = TimeSpan.FromMilliseconds(500);
        var consumer = rig.Start(
            async (_, stopping) => await Task.Delay(call, rig.Clock, stopping),
            options => (options.Retrieval.PrefetchBytes, options.Processing.MaxBatchRecords) = (1024 * 1024, 1));

        var status = Reach(rig, consumer, ShardReason.Backpressure);
        call = TimeSpan.FromSeconds(30);
        Reach(rig, consumer, ShardReason.HandlerRunning);

        Assert.InRange(status.HeldBytes, 500_000, 1024 * 1024);
        Assert.False(status.IsDegraded);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.CheckpointFailing))]
    public async Task A_lease_store_that_fails_is_shown_and_processing_goes_on()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var store = new WatchedLeaseStore(rig.Leases) { Fail = write => write is CheckpointLease ? new IOException("away") : null };
        var consumer = rig.Start(_ => new Recorder(rig.Ledger, "worker-1"), leases: store);
        rig.RunUntilHandled(3);

        Assert.IsType<IOException>(Reach(rig, consumer, ShardReason.CheckpointFailing).Error);
        await rig.PutAsync(3, from: 3);
        rig.RunUntilHandled(6);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.ThrottledByDynamoDb))]
    public async Task A_lease_store_whose_rate_is_exceeded_is_told_from_one_that_fails()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var isThrottled = true;
        var store = new WatchedLeaseStore(rig.Leases) { Fail = write => isThrottled && write is CheckpointLease ? new WatchedLeaseStore.ThrottledException() : null };
        var consumer = rig.Start(_ => new Recorder(rig.Ledger, "worker-1"), leases: store);
        Assert.True(Reach(rig, consumer, ShardReason.ThrottledByDynamoDb).IsDegraded);

        isThrottled = false;
        Reach(rig, consumer, ShardReason.CaughtUp);

        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.WaitingForCheckpoint))]
    public async Task An_application_that_forgets_to_checkpoint_is_told()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(50, keys: 10);
        var consumer = rig.Start(change: options =>
            (options.Checkpoint.Mode, options.Processing.Concurrency, options.Processing.MaxRunAheadRecords) = (CheckpointMode.Manual, 4, 20));

        Assert.Contains("Processing.MaxRunAheadRecords", Reach(rig, consumer, ShardReason.WaitingForCheckpoint).Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.HandlerLimitReached))]
    public async Task A_shard_that_waits_for_the_limit_of_handler_calls_says_so()
    {
        await using var rig = new ConsumerRig(shards: 2);
        await rig.PutAsync(100, keys: 50);
        var consumer = rig.Start(
            async (_, stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping), options => options.Processing.MaxConcurrentHandlers = 1);
        Reach(rig, consumer, ShardReason.HandlerLimitReached);

        Assert.Contains(consumer.Shards, shard => shard.Reason == ShardReason.HandlerRunning);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.WaitingForMergePartner))]
    public async Task The_end_of_a_shard_waits_for_the_other_half_of_a_merge()
    {
        await using var rig = new ConsumerRig(shards: 2);
        var (shard, partner) = (rig.Stream.ShardIds[0], rig.Stream.ShardIds[1]);
        var store = new WatchedLeaseStore(rig.Leases) { Fail = write => write is CreateLease && write.LeaseKey == partner ? new IOException("away") : null };
        var consumer = rig.Start(_ => new Recorder(rig.Ledger, "worker-1"), leases: store);
        rig.Clock.RunUntil(() => consumer.Shards.Count == 1, TimeSpan.FromMinutes(2));

        rig.Stream.Merge(shard, partner);

        Assert.Equal(shard, Reach(rig, consumer, ShardReason.WaitingForMergePartner).ShardId);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Draining))]
    public async Task A_shard_that_is_stopped_says_what_it_still_waits_for()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var statuses = new List<ShardStatus>();
        KinesisConsumer? consumer = null;
        consumer = rig.Start(async (_, stopping) =>
        {
            for (var second = 0; second < 10; second++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), rig.Clock, stopping);
                statuses.Add(consumer!.Shards.Single());
            }
        });
        Reach(rig, consumer, ShardReason.HandlerRunning);

        rig.Stop(consumer);

        Assert.Contains(statuses, status => status.Reason == ShardReason.Draining && status.Detail.StartsWith("Stopping, the handler runs for ", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Closing))]
    [Trait("Reason", nameof(ShardReason.Ended))]
    public async Task A_shards_end_is_shown_while_it_closes_and_after()
    {
        await using var rig = new ConsumerRig();
        var parent = rig.Stream.ShardIds[0];
        var gate = new TaskCompletionSource();
        var consumer = rig.Start(_ => new Opener(_ => Task.CompletedTask, async stopping => await gate.Task.WaitAsync(stopping)));
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        rig.Stream.Split(parent);
        Assert.Equal("ShardEnded", Reach(rig, consumer, ShardReason.Closing).Detail);

        gate.SetResult();
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        var since = consumer.Explain(parent).Since;
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal((ShardReason.Ended, since), (consumer.Explain(parent).Reason, consumer.Explain(parent).Since));
        Assert.True(consumer.Explain(parent).Duration >= TimeSpan.FromMinutes(1));
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.NoLease))]
    public async Task A_lost_lease_is_explained_with_its_reason_and_since_when()
    {
        await using var rig = new ConsumerRig();
        var shard = rig.Stream.ShardIds[0];
        var consumer = rig.Start();
        Reach(rig, consumer, ShardReason.CaughtUp);
        await rig.Leases.WriteLeaseAsync(new AssignLease(shard, "worker-1", null, "worker-2"), TestContext.Current.CancellationToken);
        rig.Clock.RunUntil(() => consumer.Explain(shard).Reason == ShardReason.NoLease, TimeSpan.FromMinutes(1));
        var lostAt = rig.Clock.GetUtcNow();
        rig.Clock.RunFor(TimeSpan.FromSeconds(5));

        var status = consumer.Explain(shard);

        Assert.Equal(ShardReason.NoLease, status.Reason);
        Assert.Equal(lostAt, status.Since);
        Assert.Contains("worker-2", status.Detail, StringComparison.Ordinal);
        Assert.Contains("has not held", consumer.Explain("shardId-000000000099").Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.Restarting))]
    public async Task An_unexpected_error_restarts_the_shard_alone_and_is_shown()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var crashes = 0;
        var consumer = rig.Start(
            (_, _) => crashes < 3 ? throw new IOException("away") : default,
            options => options.Failure.Classify = _ => ++crashes < 3 ? throw new InvalidOperationException("a bug in the classifier") : null);

        var status = Reach(rig, consumer, ShardReason.Restarting);
        rig.RunUntilHandled(3);

        Assert.IsType<InvalidOperationException>(status.Error);
        Assert.True(status.IsDegraded);
    }

    private static KinesisConsumer StartWithSink(ConsumerRig rig, IDeadLetterSink sink) => rig.Start(
        (_, _) => throw new IOException("away"),
        options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxAttempts = 1, DeadLetters = sink });

    private static ShardStatus Reach(
        ConsumerRig rig, KinesisConsumer consumer, ShardReason reason, Func<ShardStatus, bool>? also = null)
    {
        ShardStatus? found = null;
        rig.Clock.RunUntil(
            () => (found = consumer.Shards.FirstOrDefault(shard => shard.Reason == reason && also?.Invoke(shard) != false)) is not null,
            TimeSpan.FromMinutes(5),
            () => string.Join("; ", consumer.Shards));
        Assert.Equal(rig.Clock.GetUtcNow() - found!.Duration, found.Since);
        return found;
    }

    private sealed class HangingSink(TimeProvider time) : IDeadLetterSink
    {
        public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    private sealed class Opener(Func<CancellationToken, Task> open, Func<CancellationToken, Task>? close = null) : IShardProcessor
    {
        public ValueTask OpenAsync(ShardContext shard, CancellationToken stopping) => new(open(stopping));

        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => default;

        public ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping) => close is null ? default : new(close(stopping));
    }
}
