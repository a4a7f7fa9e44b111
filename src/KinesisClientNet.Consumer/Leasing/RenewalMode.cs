using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// The way of renewal that a lease table records, in its leader lock, and the switch to the other one. The switch is one conditional write of that row: a crash before it
/// has changed nothing, a crash after it leaves nothing to be done. It is only made when nobody was seen to work for longer than leases live.
/// </summary>
internal static class RenewalMode
{
    /// <summary>The mode that a lock row records; no row is KCL's way.</summary>
    public static LeaseRenewal Of(LeaderLock? row) => row?.Renewal ?? LeaseRenewal.PerLease;

    /// <summary>Why a worker must not join.</summary>
    /// <param name="wanted">The worker's mode; the table has the other one.</param>
    public static string Refusal(LeaseRenewal wanted)
    {
        var recorded = wanted == LeaseRenewal.PerLease ? LeaseRenewal.PerWorker : LeaseRenewal.PerLease;
        return $"The lease table is used with Leases.Renewal = {recorded}, and this worker has {wanted}. Workers of both kinds would take each other's leases for expired, so it does not join; nothing was written. " +
            $"Either set Leases.Renewal to {recorded}; or, to switch the application, stop all its workers and start one with Leases.{nameof(LeaseOptions.SwitchRenewal)} = true (docs/cost.md).";
    }

    /// <summary>Makes sure that the table is used in this worker's mode: records it in a table without leases, switches it when the options say so, refuses otherwise.</summary>
    /// <param name="holder">The worker.</param>
    /// <param name="maySwitch">Whether the user asked for the switch.</param>
    /// <param name="runtime">Time, ids, log.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the worker may join.</returns>
    /// <exception cref="InvalidOperationException">The table is in the other mode and is not to be switched, or somebody still works in that mode.</exception>
    public static async ValueTask EnsureAsync(LeaseHolder holder, bool maySwitch, LeaseRuntime runtime, CancellationToken cancellationToken)
    {
        while (true)
        {
            var row = await holder.Store.ReadLeaderLockAsync(cancellationToken).ConfigureAwait(false);
            if (Of(row) == holder.Renewal)
                return;
            var table = await holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
            var isNew = table.Leases.IsEmpty && table.Workers.IsEmpty && (row is null || row.IsReleased);
            if (!isNew && !maySwitch)
                throw new InvalidOperationException(Refusal(holder.Renewal));
            if (!isNew)
                await WatchAsync(holder, row, table, runtime, cancellationToken).ConfigureAwait(false);
            if (!await holder.Store.ReplaceLeaderLockAsync(row, Next(holder, runtime), cancellationToken).ConfigureAwait(false))
                continue; // Another worker was quicker, with the same switch or at its work: look again.
            if (!isNew)
                ConsumerLog.RenewalSwitched(runtime.Logger, holder.WorkerId, Of(row), holder.Renewal);
            await BuryAsync(holder, table, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The row after the switch: to per-lease none, as KCL expects it; to per-worker a free lock, which stays for ever.</summary>
    private static LeaderLock? Next(LeaseHolder holder, LeaseRuntime runtime) => holder.Renewal == LeaseRenewal.PerLease
        ? null
        : new(holder.WorkerId, holder.Timing.LockDuration, runtime.NewId()) { Renewal = LeaseRenewal.PerWorker, IsReleased = true };

    /// <summary>Watches longer than any worker of the old mode can be silent. What moves is a worker that still lives.</summary>
    private static async ValueTask WatchAsync(LeaseHolder holder, LeaderLock? row, LeaseTable before, LeaseRuntime runtime, CancellationToken cancellationToken)
    {
        var limit = holder.Timing.Duration * 1.5;
        if (row is { IsReleased: false } && row.Duration * 1.1 > limit)
            limit = row.Duration * 1.1;
        ConsumerLog.RenewalSwitchWatches(runtime.Logger, holder.WorkerId, holder.Renewal, limit);
        await Task.Delay(limit, runtime.Time, cancellationToken).ConfigureAwait(false);
        var after = await holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
        if (Moved(before, after) is { } sign)
        {
            throw new InvalidOperationException(
                $"Leases.{nameof(LeaseOptions.SwitchRenewal)} is set, but {sign}: a worker still works in the other mode. Stop all workers of the application, Java workers too, and start this one again; nothing was written.");
        }
    }

    /// <summary>The first sign of life between two readings; null when there is none.</summary>
    public static string? Moved(LeaseTable before, LeaseTable after)
    {
        var counters = before.Leases.ToDictionary(lease => lease.LeaseKey, lease => lease.Counter, StringComparer.Ordinal);
        foreach (var lease in after.Leases)
        {
            if (!counters.TryGetValue(lease.LeaseKey, out var counter) || counter != lease.Counter)
                return $"lease '{lease.LeaseKey}' of worker '{lease.ActualOwner}' has moved";
        }

        var beats = before.Heartbeats.ToDictionary(beat => beat.WorkerId, StringComparer.Ordinal);
        foreach (var beat in after.Heartbeats)
        {
            if (!beat.IsSameAs(beats.GetValueOrDefault(beat.WorkerId)))
                return $"the heartbeat of worker '{beat.WorkerId}' has moved";
        }

        var reports = before.Workers.ToDictionary(report => report.WorkerId, report => report.UpdatedAt, StringComparer.Ordinal);
        foreach (var report in after.Workers)
        {
            if (!reports.TryGetValue(report.WorkerId, out var updated) || updated != report.UpdatedAt)
                return $"worker '{report.WorkerId}' has reported";
        }

        return null;
    }

    /// <summary>Removes the heartbeats of the old mode. Without it they would only lie about: nobody reads them in per-lease mode.</summary>
    private static async ValueTask BuryAsync(LeaseHolder holder, LeaseTable table, CancellationToken cancellationToken)
    {
        foreach (var beat in table.Heartbeats)
            await holder.Store.WriteHeartbeatAsync(beat, null, cancellationToken).ConfigureAwait(false);
    }
}
