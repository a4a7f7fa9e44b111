using System.Text;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class LifeCycleTests
{
    /// <summary>The first promise: a handler that throws never advances the checkpoint. KCL skips the batch (kcl.md §4.4, demand pain 1).</summary>
    [Fact]
    [Trait("Story", "L1")]
    public async Task A_handler_that_throws_gets_the_same_batch_again_and_the_checkpoint_stays()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var failures = 0;
        rig.Start((_, _) => failures++ < 30 ? throw new InvalidOperationException("not yet") : default);

        rig.Clock.RunUntil(() => failures == 29, TimeSpan.FromHours(1));
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);
        rig.RunUntilHandled(3);

        Assert.Equal(["0", "1", "2"], rig.Ledger.Entries.Select(entry => entry.Value));
    }

    [Fact]
    public async Task At_the_shards_end_the_handler_is_closed_the_end_is_written_and_the_children_start()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(4);
        var parent = rig.Stream.ShardIds[0];
        var closings = new List<(string Shard, ShardCloseReason Reason, int Handled)>();
        rig.Start(_ => new Closer(rig.Ledger, closing => closings.Add((closing.Shard.ShardId, closing.Reason, rig.Ledger.Count))));
        rig.RunUntilHandled(4);
        rig.Stream.Split(parent);
        await rig.PutAsync(20, from: 4);

        rig.RunUntilHandled(24);

        Assert.Equal((parent, ShardCloseReason.ShardEnded, 4), Assert.Single(closings));
        Assert.True(await IsFinishedAsync(rig, parent));
    }

    /// <summary>Demand story S5: a shard that is finished is not processed again.</summary>
    [Fact]
    [Trait("Story", "S5")]
    public async Task A_finished_shard_is_not_started_again_after_a_restart()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(4);
        var first = rig.Start();
        rig.RunUntilHandled(4);
        rig.Stream.Split(rig.Stream.ShardIds[0]);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        rig.Stop(first);

        rig.Start(worker: "worker-2");
        await rig.PutAsync(4, from: 4);
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(8, rig.Ledger.Count);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.ClosingFailed))]
    public async Task A_close_that_fails_at_the_shards_end_is_repeated_and_the_children_wait()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2);
        var tries = 0;
        var consumer = rig.Start(_ => new Closer(rig.Ledger, closing =>
        {
            if (closing.Reason == ShardCloseReason.ShardEnded && ++tries < 5)
                throw new IOException("flush failed");
        }));
        rig.RunUntilHandled(2);
        var parent = rig.Stream.ShardIds[0];
        rig.Stream.Split(parent);
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.ClosingFailed), TimeSpan.FromMinutes(1));
        Assert.False((await rig.LeaseAsync(parent)).Checkpoint.IsShardEnd);

        rig.Clock.RunUntil(() => consumer.Shards.Count == 2, TimeSpan.FromMinutes(3));

        Assert.Equal(5, tries);
        Assert.True(await IsFinishedAsync(rig, parent));
    }

    [Fact]
    public async Task In_manual_mode_only_the_application_writes_progress_also_at_the_shards_end()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(6);
        var mayFinish = false;
        var consumer = rig.Start(
            _ => new Closer(rig.Ledger, _ => { }, async (closing, stopping) =>
            {
                if (mayFinish)
                    await closing.CheckpointAsync(stopping);
            }),
            options => options.Checkpoint.Mode = CheckpointMode.Manual);
        rig.RunUntilHandled(6);
        var parent = rig.Stream.ShardIds[0];
        rig.Stream.Split(parent);
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.ClosingFailed), TimeSpan.FromMinutes(2));
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync(parent)).Checkpoint);

        mayFinish = true;
        rig.Clock.RunUntil(() => consumer.Shards.Count == 2, TimeSpan.FromMinutes(3));

        Assert.True(await IsFinishedAsync(rig, parent));
    }

    [Fact]
    public async Task Opening_is_tried_until_it_works_and_nothing_is_read_before()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2);
        var opener = new Opener(rig.Ledger, failures: 4);
        var consumer = rig.Start(_ => opener);
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.OpeningFailed), TimeSpan.FromMinutes(1));
        Assert.Equal(0, rig.Ledger.Count);

        rig.RunUntilHandled(2);

        Assert.Equal(5, opener.Opened);
    }

    /// <summary>Demand story D1: a worker that loses its lease is told at once, cannot checkpoint, and the next owner has a greater fencing token.</summary>
    [Fact]
    [Trait("Story", "D1")]
    public async Task A_lost_lease_cancels_the_handler_and_refuses_its_checkpoint()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(2);
        var closings = new List<(ShardCloseReason Reason, bool CanCheckpoint)>();
        var epochs = new List<long>();
        Exception? refused = null;
        rig.Start(_ => new Closer(
            rig.Ledger,
            closing => closings.Add((closing.Reason, closing.CanCheckpoint)),
            before: async (batch, stopping) =>
            {
                epochs.Add(batch.Shard.Epoch);
                if (epochs.Count > 1)
                    return;
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping);
                }
                catch (OperationCanceledException)
                {
                    refused = await Record.ExceptionAsync(async () => await batch.CheckpointAsync(CancellationToken.None));
                    throw;
                }
            }));
        rig.Clock.RunUntil(() => epochs.Count == 1, TimeSpan.FromMinutes(1));

        await rig.Leases.WriteLeaseAsync(new EvictLease(rig.Stream.ShardIds[0], "worker-1"), TestContext.Current.CancellationToken);
        rig.RunUntilHandled(2);

        Assert.IsType<LeaseLostException>(refused);
        Assert.Equal((ShardCloseReason.LeaseLost, false), closings[0]);
        Assert.True(epochs[1] > epochs[0]);
    }

    [Fact]
    [Trait("Reason", nameof(ShardReason.StoppedByFailure))]
    public async Task Stop_shard_keeps_the_lease_and_the_checkpoint_before_the_failed_record()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(4);
        var reasons = new List<ShardClosing>();
        var consumer = rig.Start(
            _ => new Closer(rig.Ledger, reasons.Add, before: (batch, _) => batch.Any(record => Encoding.UTF8.GetString(record.Data.Span) == "2") ? throw new FormatException() : default),
            options =>
            {
                options.Processing.MaxBatchRecords = 1;
                options.Failure = new() { Action = FailureAction.StopShard, MaxAttempts = 2 };
            });
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.StoppedByFailure), TimeSpan.FromMinutes(2));
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(2, rig.Ledger.Count);
        Assert.Equal(rig.SequenceNumbers[1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
        Assert.Equal("worker-1", (await rig.LeaseAsync()).Owner);
        Assert.Equal(ShardCloseReason.Failed, reasons.Single().Reason);
        Assert.IsType<FormatException>(reasons.Single().Error);
        rig.Stop(consumer);
        Assert.Null((await rig.LeaseAsync()).Owner);
    }

    [Fact]
    public async Task Stop_consumer_ends_the_run_with_the_handlers_own_exception()
    {
        await using var rig = new ConsumerRig(shards: 2);
        await rig.PutAsync(20);
        var consumer = rig.Start(
            (_, _) => throw new UnauthorizedAccessException("wrong password"),
            options => options.Failure = new() { Classify = error => error is UnauthorizedAccessException ? FailureAction.StopConsumer : null });
        var running = rig.Running(consumer);
        rig.Clock.RunUntil(() => running.IsCompleted, TimeSpan.FromMinutes(2));

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => running);
        foreach (var shard in rig.Stream.ShardIds)
            Assert.Null((await rig.LeaseAsync(shard)).Owner);
    }

    /// <summary>A payload that cannot be read goes to the failure policy, not to a crash; other keys and later records are handled.</summary>
    [Fact]
    public async Task A_poison_payload_goes_to_the_dead_letters_with_everything_that_is_known()
    {
        await using var rig = new ConsumerRig();
        string[] values = ["1", "2", "poison", "3"];
        foreach (var value in values)
            await rig.PutAsync("key", value);
        var letters = new List<DeadLetter>();
        var handled = new List<int>();
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                handled.Add(number);
                return default;
            }),
            options => options.Failure = new()
            {
                Classify = error => error is FormatException ? FailureAction.DeadLetter : null, DeadLetters = new Letters(letters),
            });
        rig.Clock.RunUntil(() => handled.Count == 3, TimeSpan.FromMinutes(2));

        Assert.Equal([1, 2, 3], handled);
        var letter = Assert.Single(letters);
        Assert.Equal((1, FailureAction.DeadLetter, "key"), (letter.Attempts, letter.Action, letter.Record.PartitionKey));
        Assert.Equal(rig.SequenceNumbers[2], letter.Record.SequenceNumber);
        Assert.IsType<FormatException>(letter.Error);
    }

    [Fact]
    public async Task After_a_dead_letter_the_rest_of_its_key_can_follow_it_so_that_no_key_is_handled_out_of_order()
    {
        await using var rig = new ConsumerRig();
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "2"), ("a", "poison"), ("b", "3"), ("a", "4"), ("b", "5") })
            await rig.PutAsync(key, value);
        var letters = new List<DeadLetter>();
        var handled = new List<int>();
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                handled.Add(number);
                return default;
            }),
            options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxAttempts = 2, DeadLettersWholeKey = true, DeadLetters = new Letters(letters) });
        rig.Clock.RunUntil(() => handled.Count == 4, TimeSpan.FromMinutes(2));
        rig.Clock.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal([1, 2, 3, 5], handled);
        Assert.Equal([2, 0], letters.Select(letter => letter.Attempts));
        Assert.Equal("a", letters[1].Record.PartitionKey);
    }

    /// <summary>Demand story L9: while the sink fails, the checkpoint does not pass the record.</summary>
    [Fact]
    [Trait("Story", "L9")]
    public async Task While_the_dead_letter_sink_fails_the_shard_waits_and_nothing_is_lost()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync("key", "poison");
        await rig.PutAsync("key", "1");
        var letters = new List<DeadLetter>();
        var sink = new Letters(letters) { Failures = 6 };
        var handled = new List<int>();
        var consumer = rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                handled.Add(number);
                return default;
            }),
            options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxAttempts = 1, DeadLetters = sink });
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.RetryingDeadLetter), TimeSpan.FromMinutes(2));
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);

        rig.Clock.RunUntil(() => handled.Count == 1, TimeSpan.FromMinutes(5));

        Assert.Single(letters);
        Assert.Equal(0, sink.Failures);
    }

    [Fact]
    public async Task A_batch_handler_can_name_the_records_that_failed_and_only_those_come_again()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(6);
        var deliveries = new List<string>();
        rig.Start(_ => new Closer(rig.Ledger, _ => { }, before: (batch, _) =>
        {
            deliveries.Add(string.Join(",", batch.Select(record => Encoding.UTF8.GetString(record.Data.Span))));
            if (batch.Attempt > 1)
                return default;
            batch.Fail(batch[1], new InvalidOperationException());
            batch.Fail(4);
            return default;
        }));
        rig.Clock.RunUntil(() => deliveries.Count == 2, TimeSpan.FromMinutes(2));
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(["0,1,2,3,4,5", "1,4"], deliveries);
        Assert.Equal(rig.SequenceNumbers[5], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    public async Task A_batch_that_is_read_after_its_handler_returned_says_so()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        RecordBatch? kept = null;
        rig.Start((batch, _) =>
        {
            kept = batch;
            return default;
        });
        rig.RunUntilHandled(1);

        Assert.Throws<InvalidOperationException>(() => kept![0]);
        await kept!.CheckpointAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_consumer_runs_once()
    {
        await using var rig = new ConsumerRig();
        var consumer = rig.Start();

        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.RunAsync(CancellationToken.None));
    }

    /// <summary>At its end, or cleaned up since.</summary>
    private static async Task<bool> IsFinishedAsync(ConsumerRig rig, string shardId) =>
        await rig.Leases.ReadLeaseAsync(shardId, TestContext.Current.CancellationToken) is not { IsFinished: false };

    private sealed class Closer(
        Ledger ledger, Action<ShardClosing> onClose, Func<ShardClosing, CancellationToken, Task>? closing = null, Func<RecordBatch, CancellationToken, ValueTask>? before = null)
        : IShardProcessor
    {
        private readonly Recorder _recorder = new(ledger, "worker-1", before);

        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => _recorder.ProcessAsync(batch, stopping);

        public async ValueTask CloseAsync(ShardClosing end, CancellationToken stopping)
        {
            onClose(end);
            if (closing is not null)
                await closing(end, stopping);
        }
    }

    private sealed class Opener(Ledger ledger, int failures) : IShardProcessor
    {
        public int Opened { get; private set; }

        public ValueTask OpenAsync(ShardContext shard, CancellationToken stopping) => ++Opened <= failures ? throw new IOException("not yet") : default;

        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => new Recorder(ledger, "worker-1").ProcessAsync(batch, stopping);
    }
}
