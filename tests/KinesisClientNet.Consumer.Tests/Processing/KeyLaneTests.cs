using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Consumer.Tests.Support;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class KeyLaneTests
{
    [Fact]
    public async Task Without_order_one_key_is_handled_by_many_at_once_and_nothing_is_lost()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(200, keys: 1);
        var (running, most) = (0, 0);
        var gate = new Lock();
        rig.Start(
            async (_, stopping) =>
            {
                lock (gate)
                    most = Math.Max(most, ++running);
                await Task.Delay(TimeSpan.FromMilliseconds(20), rig.Clock, stopping);
                lock (gate)
                    running--;
            },
            options => (options.Processing.Concurrency, options.Processing.IsUnordered, options.Processing.MaxBatchRecords) = (8, true, 5));

        rig.RunUntilHandled(200);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(8, most);
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}").Order(), rig.Ledger.Entries.Select(entry => entry.Value).Order());
        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    public async Task Without_order_a_failed_record_holds_up_the_checkpoint_but_not_the_others()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(50, keys: 1);
        var isMended = false;
        rig.Start(
            (batch, _) => !isMended && batch.Any(record => Text(record) == "7") ? throw new IOException("away") : default,
            options => (options.Processing.Concurrency, options.Processing.IsUnordered, options.Processing.MaxBatchRecords) = (4, true, 1));
        rig.RunUntilHandled(49);
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(rig.SequenceNumbers[6], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);

        isMended = true;
        rig.RunUntilHandled(50);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    public async Task Concurrency_can_be_raised_from_serial_and_lowered_while_running_and_the_order_of_each_key_stays()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1_200, keys: 60);
        var (running, most) = (0, 0);
        var gate = new Lock();
        var consumer = rig.Start(
            async (_, stopping) =>
            {
                lock (gate)
                    most = Math.Max(most, ++running);
                await Task.Delay(TimeSpan.FromMilliseconds(10), rig.Clock, stopping);
                lock (gate)
                    running--;
            },
            options => (options.Processing.MaxBatchRecords, options.Retrieval.Polling.MaxRecords) = (1, 100));
        rig.RunUntilHandled(60);
        Assert.Equal(1, most);

        consumer.Concurrency = 12;
        rig.RunUntilHandled(600);
        Assert.Equal(12, most);

        consumer.Concurrency = 2;
        rig.Clock.RunFor(TimeSpan.FromMilliseconds(10));
        lock (gate)
            most = 0;
        rig.RunUntilHandled(700);
        Assert.Equal(2, most);

        consumer.Concurrency = 30;
        rig.RunUntilHandled(1_200);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(1_200, rig.Ledger.Count);
        foreach (var key in rig.Ledger.FirstTimesByKey().Values)
            Assert.Equal(key.Select(int.Parse).Order(), key.Select(int.Parse));
        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public async Task A_concurrency_out_of_range_is_refused(int value)
    {
        await using var rig = new ConsumerRig();
        var consumer = rig.Start();

        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.Concurrency = value);
        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.MaxRecordsPerSecond = 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Only_the_failing_key_waits_and_its_order_is_kept(int concurrency)
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(300, keys: 10);
        var isMended = false;
        var consumer = rig.Start(
            (batch, _) => !isMended && batch.Any(record => record.PartitionKey == "key-3") ? throw new IOException("away") : default,
            options => (options.Processing.Concurrency, options.Failure.IsolatesKeys, options.Failure.Bisects) = (concurrency, true, true));

        rig.RunUntilHandled(270);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(270, rig.Ledger.Count);
        var status = consumer.Shards.Single();
        Assert.Equal(ShardReason.KeysParked, status.Reason);
        Assert.Contains(rig.SequenceNumbers[3].ToString(), status.Detail, StringComparison.Ordinal);
        Assert.Equal(rig.SequenceNumbers[2], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);

        isMended = true;
        rig.RunUntilHandled(300);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{(i * 10) + 3}"), rig.Ledger.FirstTimesByKey()["key-3"]);
        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    public async Task Intake_stops_when_it_runs_too_far_ahead_of_the_first_open_record()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(500, keys: 50);
        var never = new TaskCompletionSource();
        var consumer = rig.Start(
            (batch, stopping) => batch.Any(record => record.PartitionKey == "key-0") ? new ValueTask(never.Task.WaitAsync(stopping)) : default,
            options => (options.Processing.Concurrency, options.Processing.MaxRunAheadRecords, options.Processing.MaxBatchRecords) = (4, 40, 1));

        rig.Clock.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal(39, rig.Ledger.Count);
        Assert.Null((await rig.LeaseAsync()).Checkpoint.IsNumber ? "moved" : null);
        never.SetResult();
        rig.RunUntilHandled(500);
        Assert.NotNull(consumer.Shards.Single().Done);
    }

    /// <summary>A stop with lanes: what was handled beyond an open record is not handled again, because the gap before it is filled first.</summary>
    [Fact]
    [Trait("Story", "G1")]
    public async Task A_stop_fills_the_gaps_before_what_was_handled_so_that_the_checkpoint_covers_it()
    {
        await using var rig = new ConsumerRig();
        // Keys a and b have long queues, c stands between their records.
        for (var i = 0; i < 30; i++)
            await rig.PutAsync(i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : $"c-{i}", $"{i}");
        var consumer = rig.Start(
            async (_, stopping) => await Task.Delay(TimeSpan.FromMilliseconds(300), rig.Clock, stopping),
            options => (options.Processing.Concurrency, options.Processing.MaxBatchRecords) = (2, 10));
        rig.Clock.RunUntil(() => consumer.Shards.Any(shard => shard.Reason == ShardReason.HandlerRunning), TimeSpan.FromMinutes(1));

        rig.Stop(consumer);

        var checkpoint = (await rig.LeaseAsync()).Checkpoint;
        Assert.NotEmpty(rig.Ledger.Entries);
        Assert.All(rig.Ledger.Entries, entry => Assert.True(entry.Position <= checkpoint, $"{entry.Value} at {entry.Position} is beyond {checkpoint}"));
    }

    [Fact]
    public async Task A_pause_holds_lanes_and_retries_too()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(40, keys: 8);
        var calls = new ConcurrentQueue<TimeSpan>();
        var isMended = false;
        var consumer = rig.Start(
            (_, _) =>
            {
                calls.Enqueue(rig.Clock.Elapsed);
                return isMended ? default : throw new IOException("away");
            },
            options => (options.Processing.Concurrency, options.Failure.MaxBackoff) = (4, TimeSpan.FromSeconds(1)));
        rig.Clock.RunUntil(() => calls.Count > 20, TimeSpan.FromMinutes(2));

        consumer.Pause();
        rig.Clock.RunFor(TimeSpan.FromSeconds(2));
        var before = calls.Count;
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(before, calls.Count);
        Assert.Equal(ShardReason.Paused, consumer.Shards.Single().Reason);

        isMended = true;
        consumer.Resume();
        rig.RunUntilHandled(40);
    }

    private static string Text(ConsumedRecord record) => Encoding.UTF8.GetString(record.Data.Span);
}
