using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// Keeps one worker for each held lease, never two for the same one: starts them from the owned set, starts one again after a crash, ends all at the
/// stop. Its loop owns the list of workers; others read a snapshot.
/// </summary>
internal sealed class ShardSupervisor(WorkerKit kit)
{
    private const int MaxDeparted = 20_000;

    private static readonly TimeSpan LongestRestartDelay = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Signal _ended = new();
    private readonly DateTimeOffset _createdAt = kit.Services.Time.GetUtcNow();
    private ImmutableArray<ShardWorker> _workers = [];
    private ImmutableDictionary<string, Departed> _departed = ImmutableDictionary<string, Departed>.Empty;

    /// <summary>The workers, those of stopped shards among them.</summary>
    public ImmutableArray<ShardWorker> Workers => _workers;

    /// <summary>How long stopping may take, when a part of the time is used already; null for all of it.</summary>
    public TimeSpan? StopLimit { get; set; }

    /// <summary>Why a shard moves or does not, also one that this worker does not hold.</summary>
    public ShardStatus Explain(string shardId)
    {
        if (_workers.FirstOrDefault(worker => worker.Shard.ShardId == shardId || worker.Lease.LeaseKey == shardId) is { } held)
            return held.Status();
        var known = _departed.GetValueOrDefault(shardId)
            ?? _departed.Values.Where(departed => departed.ShardId == shardId).MaxBy(departed => departed.Since)
            ?? new Departed(shardId, "", _createdAt, ShardReason.NoLease, $"worker {kit.WorkerId} has not held its lease");
        return new ShardStatus
        {
            ShardId = known.ShardId,
            LeaseKey = known.LeaseKey,
            Reason = known.Reason,
            Since = known.Since,
            Duration = kit.Services.Time.GetUtcNow() - known.Since,
            Detail = known.Detail,
        };
    }

    /// <summary>Runs until the stop, then ends every worker and waits for them.</summary>
    /// <param name="stop">Begin to stop.</param>
    /// <returns>The exception of a handler that stops the consumer; null after an ordinary stop.</returns>
    public async Task<Exception?> RunAsync(CancellationToken stop)
    {
        Exception? failure = null;
        try
        {
            var owned = kit.Keeper.Owned;
            while (!stop.IsCancellationRequested)
            {
                var ended = _ended.Next;
                failure = Sweep() ?? failure;
                if (failure is not null)
                    break;
                Start(owned);
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var next = kit.Keeper.NextOwnedAsync(owned, waiting.Token).AsTask();
                await Task.WhenAny(next, ended).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
                owned = kit.Keeper.Owned;
            }
        }
        finally
        {
            await StopAllAsync().ConfigureAwait(false);
        }

        return failure ?? Sweep();
    }

    private async Task StopAllAsync()
    {
        foreach (var slot in _slots.Values)
            slot.Worker.End(ShardCloseReason.Stopping, StopLimit);
        await Task.WhenAll(_slots.Values.Select(slot => slot.Task)).ConfigureAwait(false);
        foreach (var slot in _slots.Values)
        {
            // A shard that the policy stopped has kept its lease until now.
            if (slot.Task.Result == ShardOutcome.Stopped && slot.Worker.Lease.IsHeld)
                await ReleaseAsync(slot.Worker.Lease).ConfigureAwait(false);
        }
    }

    private async ValueTask ReleaseAsync(HeldLease lease)
    {
        try
        {
            using var limit = new CancellationTokenSource(kit.Options.ShutdownTimeout / 10, kit.Services.Time);
            await kit.Keeper.ReleaseAsync(lease, limit.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The keeper has logged it; the lease expires.
        }
    }

    /// <summary>Takes workers that are over off the list.</summary>
    /// <returns>The exception that stops the consumer, if there is one.</returns>
    private Exception? Sweep()
    {
        Exception? failure = null;
        foreach (var (key, slot) in _slots)
        {
            if (!slot.Task.IsCompleted || (slot.Task.Result == ShardOutcome.Stopped && slot.Worker.Lease.IsHeld))
                continue;
            if (slot.Task.Result == ShardOutcome.StopsConsumer)
                failure = slot.Worker.Error;
            if (slot.Task.Result != ShardOutcome.Crashed || !slot.Worker.Lease.IsHeld)
            {
                _slots.Remove(key);
                Keep(slot.Worker);
            }
        }

        return failure;
    }

    /// <summary>What is said about a shard that went away. Bounded: a stream has at most some thousand shards, but an application may live for years.</summary>
    private void Keep(ShardWorker worker)
    {
        if (_departed.Count >= MaxDeparted)
            _departed = _departed.Clear();
        var hasEnded = worker.HasEnded;
        var owner = worker.Lease.Loss?.NewOwner;
        _departed = _departed.SetItem(worker.Lease.LeaseKey, new Departed(
            worker.Shard.ShardId,
            worker.Lease.LeaseKey,
            kit.Services.Time.GetUtcNow(),
            hasEnded ? ShardReason.Ended : ShardReason.NoLease,
            hasEnded ? "" : (worker.Lease.Loss?.Sentence ?? $"worker {kit.WorkerId} has given it up") + (owner is null ? "" : $" Owner now: {owner}.")));
    }

    private void Start(ImmutableSortedDictionary<string, HeldLease> owned)
    {
        foreach (var (key, lease) in owned)
        {
            var crashes = 0;
            if (_slots.TryGetValue(key, out var slot))
            {
                // The old worker of a lease that was lost and taken again must be over before the next one starts.
                if (!slot.Task.IsCompleted || slot.Task.Result == ShardOutcome.Stopped)
                    continue;
                crashes = slot.Task.Result == ShardOutcome.Crashed ? slot.Crashes + 1 : 0;
            }

            if (lease.Checkpoint.IsShardEnd || !lease.IsHeld)
                continue;
            var worker = new ShardWorker(lease, kit);
            ConsumerLog.ShardStarting(kit.Services.Logger, lease.ShardId, lease.Checkpoint.ToString(), lease.Epoch);
            _workers = _workers.Add(worker); // seen before it runs: a status that it reports can be looked up
            _slots[key] = new Slot(worker, Run(worker, crashes, slot?.Worker.Error), crashes);
            _departed = _departed.Remove(lease.LeaseKey);
        }

        _workers = [.. _slots.Values.Select(slot => slot.Worker)];
    }

    private Task<ShardOutcome> Run(ShardWorker worker, int crashes, Exception? crash)
    {
        var delay = crashes == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(LongestRestartDelay.TotalSeconds, Math.Pow(2, Math.Min(crashes, 10))));
        var task = worker.RunAsync(delay, crash);
        // After the task is complete, so that the sweep finds it complete.
        _ = task.ContinueWith(static (_, ended) => ((Signal)ended!).Set(), _ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    /// <summary>A shard that this worker had; kept by lease key, because streams number their shards alike.</summary>
    private sealed record Departed(string ShardId, string LeaseKey, DateTimeOffset Since, ShardReason Reason, string Detail);

    private sealed record Slot(ShardWorker Worker, Task<ShardOutcome> Task, int Crashes);
}
