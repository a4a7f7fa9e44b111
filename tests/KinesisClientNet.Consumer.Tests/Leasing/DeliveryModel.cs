using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Leasing.Kcl;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// What the processing side does with the leases of a fleet: every held shard gives a record at each step, checkpoints come now and then and at the end.
/// Counts what is delivered twice and fails when something is skipped.
/// </summary>
/// <param name="fleet">The workers.</param>
/// <param name="log">What was delivered so far; null for a new one.</param>
/// <param name="stepSeconds">How long a step takes.</param>
/// <param name="throughputKBps">What a shard carries; null leaves the leases to be balanced by number.</param>
internal sealed class DeliveryModel(TestFleet fleet, ShardLog? log = null, double stepSeconds = 0.05, Func<string, double>? throughputKBps = null)
{
    private readonly TimeSpan _step = TimeSpan.FromSeconds(stepSeconds);

    /// <summary>Steps between the checkpoints of a shard: 5 s, the default.</summary>
    private readonly long _checkpointEvery = (long)(5 / stepSeconds);

    private readonly ShardLog _log = log ?? new();
    private readonly List<(string Worker, Task Announced)> _leaving = [];
    private readonly Dictionary<HeldLease, ulong> _delivered = [];
    private readonly Dictionary<string, TimeSpan> _unreadSince = [];
    private long _steps;

    /// <summary>Records that were delivered more than once.</summary>
    public long Repeated => _log.Repeated;

    /// <summary>How long each shard was unread at each change of owner.</summary>
    public List<TimeSpan> Gaps { get; } = [];

    public async Task StepAsync()
    {
        fleet.Advance(_step.TotalSeconds);
        _steps++;
        var held = fleet.HeldLeases();
        foreach (var lease in held)
            await DeliverAsync(lease);
        NoteGaps(held);
        foreach (var lease in held.Where((_, at) => (_steps + (at * 7)) % _checkpointEvery == 0))
            await TryAsync(lease, () => CheckpointAsync(lease));
        foreach (var lease in held.Where(lease => lease.HandoverRequested.IsCompleted))
            await ReleaseAsync(lease);
        foreach (var worker in _leaving.Where(entry => entry.Announced.IsCompleted).Select(entry => entry.Worker).ToList())
        {
            foreach (var lease in fleet[worker].Owned.Values.OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal))
                await ReleaseAsync(lease);
            _leaving.RemoveAll(entry => entry.Worker == worker);
        }
    }

    /// <summary>The worker stops in order: its leases are released when its successors stand ready.</summary>
    public void Leave(string worker)
    {
        _leaving.Add((worker, fleet[worker].AnnounceDepartureAsync(TestContext.Current.CancellationToken)));
        fleet.Drain(worker);
    }

    /// <summary>Checkpoints what is delivered and gives the lease up.</summary>
    public Task ReleaseAsync(HeldLease lease) => TryAsync(lease, async () =>
    {
        await CheckpointAsync(lease);
        if (lease.IsHeld)
            await fleet.KeeperOf(lease).ReleaseAsync(lease, TestContext.Current.CancellationToken);
    });

    public long NotCheckpointed(IEnumerable<HeldLease> leases) => (long)leases.Aggregate(0UL, (sum, lease) => sum + _delivered[lease] - Checkpointed(lease));

    private async Task DeliverAsync(HeldLease lease)
    {
        if (lease.Checkpoint.IsShardEnd)
            return; // kept until its row is cleaned up
        var last = _delivered.TryGetValue(lease, out var known) ? known : Checkpointed(lease);
        if (_log.IsEnd(lease.ShardId, last))
        {
            await TryAsync(lease, async () => await fleet.KeeperOf(lease).CompleteShardAsync(lease, fleet.Api.ChildrenOf(lease.ShardId), TestContext.Current.CancellationToken));
            return;
        }

        // A child begins when its parents' rows say that they are done, as the processing side waits for it.
        if (known == 0 && lease.ParentShardIds.Length > 0 && await IsBlockedAsync(lease))
            return;
        _delivered[lease] = last + 1;
        _log.Deliver(lease.ShardId, last + 1);
        lease.CountBytes((long)((throughputKBps?.Invoke(lease.ShardId) ?? 0) * 1024 * stepSeconds));
    }

    private async Task<bool> IsBlockedAsync(HeldLease lease)
    {
        try
        {
            return await fleet.KeeperOf(lease).FindUnfinishedParentAsync(lease, TestContext.Current.CancellationToken) is not null;
        }
        catch (IOException)
        {
            return true; // not known: the store is cut off
        }
    }

    private void NoteGaps(List<HeldLease> held)
    {
        var now = fleet.Time.GetElapsedTime(0);
        var shards = held.Select(lease => lease.ShardId).ToHashSet();
        foreach (var shard in fleet.Api.OpenIds)
        {
            if (!shards.Contains(shard))
                _unreadSince.TryAdd(shard, now - _step);
            else if (_unreadSince.Remove(shard, out var since))
                Gaps.Add(now - since);
        }
    }

    private async Task CheckpointAsync(HeldLease lease)
    {
        if (_delivered.TryGetValue(lease, out var last) && lease.IsHeld && !lease.Checkpoint.IsShardEnd)
            await lease.WriteCheckpointAsync(new(SequenceNumber.FromBits(0, ShardLog.First + last)), TestContext.Current.CancellationToken);
    }

    private static async Task TryAsync(HeldLease lease, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (IOException)
        {
            // The worker's store is cut off: it crashed, or will hear of it at its next renewal.
            Assert.NotNull(lease.LeaseKey);
        }
    }

    private static ulong Checkpointed(HeldLease lease) =>
        lease.Checkpoint.IsNumber ? ulong.Parse(lease.Checkpoint.CheckpointText, System.Globalization.CultureInfo.InvariantCulture) - ShardLog.First : 0;
}
