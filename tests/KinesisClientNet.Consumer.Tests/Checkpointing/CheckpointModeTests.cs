using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Checkpointing;

/// <summary>When each mode writes, and what a crash repeats.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class CheckpointModeTests
{
    private readonly List<(TimeSpan At, string Shard)> _writes = [];

    [Fact]
    [Trait("Story", "C3")]
    public async Task Each_shard_writes_at_most_once_in_the_least_interval_and_none_waits_for_another()
    {
        await using var rig = new ConsumerRig(shards: 3);
        var store = Watch(rig);
        rig.Start(
            _ => new Recorder(rig.Ledger, "worker-1"),
            options => (options.Checkpoint.MinInterval, options.Processing.MaxRecordsPerSecond, options.Processing.MaxBatchRecords) = (TimeSpan.FromSeconds(5), 30, 2), leases: store);
        await rig.PutAsync(6_000, keys: 100);
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        foreach (var shard in rig.Stream.ShardIds)
        {
            var times = _writes.Where(write => write.Shard == shard).Select(write => write.At).ToList();
            Assert.True(times.Count is >= 18 and <= 26, string.Join("; ", times));
            Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7)));
        }
    }

    [Fact]
    public async Task Without_a_least_interval_every_batch_is_written()
    {
        await using var rig = new ConsumerRig();
        var store = Watch(rig);
        await rig.PutAsync(20);
        rig.Start(
            _ => new Recorder(rig.Ledger, "worker-1", async (_, stopping) => await Task.Delay(TimeSpan.FromMilliseconds(10), rig.Clock, stopping)),
            options => options.Processing.MaxBatchRecords = 1, leases: store);

        rig.RunUntilHandled(20);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(20, _writes.Count);
    }

    [Fact]
    public async Task By_interval_progress_is_written_every_interval_as_far_as_it_is_done()
    {
        await using var rig = new ConsumerRig();
        var store = Watch(rig);
        await rig.PutAsync(5_000);
        var consumer = rig.Start(
            _ => new Recorder(rig.Ledger, "worker-1"),
            options =>
            {
                (options.Checkpoint.Mode, options.Checkpoint.Interval) = (CheckpointMode.Interval, TimeSpan.FromSeconds(20));
                (options.Processing.MaxRecordsPerSecond, options.Processing.MaxBatchRecords) = (20, 1);
            },
            leases: store);
        rig.Clock.RunFor(TimeSpan.FromMinutes(3));

        var times = _writes.Select(write => write.At).ToList();
        Assert.InRange(times.Count, 7, 9);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.1)));

        rig.Stop(consumer);
        Assert.Equal(rig.Ledger.Entries[^1].Position, (await rig.LeaseAsync()).Checkpoint);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task Manual_mode_writes_what_the_application_says_and_nothing_else(int concurrency)
    {
        await using var rig = new ConsumerRig();
        var store = Watch(rig);
        await rig.PutAsync(300, keys: 30);
        var consumer = rig.Start(
            _ => new Recorder(rig.Ledger, "worker-1"),
            options => (options.Checkpoint.Mode, options.Processing.Concurrency) = (CheckpointMode.Manual, concurrency), leases: store);
        rig.RunUntilHandled(300);
        rig.Clock.RunFor(TimeSpan.FromMinutes(5));
        rig.Stop(consumer);

        Assert.Empty(_writes);
        Assert.Equal(ExtendedSequenceNumber.TrimHorizon, (await rig.LeaseAsync()).Checkpoint);
    }

    /// <summary>A crash repeats what was handled since the last write: at most the least interval of work, plus the running batch.</summary>
    [Fact]
    [Trait("Story", "D2")]
    public async Task A_crash_repeats_at_most_the_least_interval_of_work_and_the_running_batch()
    {
        for (var instant = 1; instant <= 20; instant++)
        {
            await using var rig = new ConsumerRig();
            var store = new WatchedLeaseStore(rig.Leases);
            await rig.PutAsync(600);
            var handled = new List<(TimeSpan At, ExtendedSequenceNumber Position)>();
            rig.Start(
                _ => new Recorder(new Ledger(), "worker-1", async (batch, stopping) =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), rig.Clock, stopping);
                    if (store.IsCutOff)
                        await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping);
                    foreach (var record in batch)
                        handled.Add((rig.Clock.Elapsed, record.Position));
                }),
                options => (options.Checkpoint.MinInterval, options.Processing.MaxBatchRecords) = (TimeSpan.FromSeconds(5), 2), leases: store);
            rig.Clock.RunUntil(() => handled.Count > 0, TimeSpan.FromMinutes(1));
            rig.Clock.RunFor(TimeSpan.FromMilliseconds(instant * 737));
            store.IsCutOff = true;
            var crashedAt = rig.Clock.Elapsed;

            rig.Start(worker: "worker-2");
            rig.RunUntilHandled(1);

            var first = rig.Ledger.Entries[0].Position;
            var repeated = handled.Where(record => record.Position >= first).ToList();
            // The write that follows a batch is on its way while the next one runs.
            Assert.All(repeated, record => Assert.True(record.At >= crashedAt - TimeSpan.FromSeconds(5.2), $"{record.At} repeated, crash at {crashedAt}"));
            Assert.InRange(repeated.Count, 0, (int)(5.2 / 0.1) * 2);
        }
    }

    /// <summary>The row's whole life: a checkpoint never goes backwards, and each write of an owner raises the counter by one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [Trait("Story", "C2")]
    public async Task Renewals_and_checkpoints_of_a_row_are_one_history_without_a_step_back(int concurrency)
    {
        await using var rig = new ConsumerRig();
        var store = new WatchedLeaseStore(rig.Leases);
        var random = new Random(3);
        await rig.PutAsync(800, keys: 40);
        for (var worker = 1; worker <= 4; worker++)
        {
            var consumer = rig.Start(
                _ => new Recorder(rig.Ledger, "worker", async (batch, stopping) =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(40), rig.Clock, stopping);
                    if (batch.Count % 2 == 1)
                        await batch.CheckpointAsync(batch[batch.Count / 2], stopping);
                }),
                options => (options.Processing.Concurrency, options.Processing.MaxBatchRecords, options.Checkpoint.MinInterval) =
                    (concurrency, 3, TimeSpan.FromMilliseconds(random.Next(3000))),
                worker: $"worker-{worker}", leases: store);
            rig.Clock.RunFor(TimeSpan.FromSeconds(12));
            rig.Stop(consumer);
        }

        var rows = store.History.Where(entry => entry.Row is not null).ToList();
        Assert.Contains(rows, entry => entry.Write is RenewLease);
        Assert.Contains(rows, entry => entry.Write is CheckpointLease);
        for (var i = 1; i < rows.Count; i++)
        {
            Assert.True(rows[i].Row!.Checkpoint >= rows[i - 1].Row!.Checkpoint, $"{rows[i].Write} steps back from {rows[i - 1].Row!.Checkpoint}");
            Assert.True(rows[i].Row!.Counter >= rows[i - 1].Row!.Counter);
            if (rows[i].Write is RenewLease or CheckpointLease)
                Assert.Equal(rows[i - 1].Row!.Counter + 1, rows[i].Row!.Counter);
        }
    }

    private WatchedLeaseStore Watch(ConsumerRig rig) => new(rig.Leases)
    {
        Applied = write =>
        {
            if (write is CheckpointLease)
                _writes.Add((rig.Clock.Elapsed, write.LeaseKey));
        },
    };
}
