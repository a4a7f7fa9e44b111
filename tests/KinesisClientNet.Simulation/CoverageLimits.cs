using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Simulation;

/// <summary>
/// For how long a hash range may be without a living owner after the last disturbance: what the lease protocol gives, from its own intervals (docs/adr/0020, 0028, 0029). Pure.
/// </summary>
/// <param name="FirstGap">From the last disturbance until every range has a living owner.</param>
/// <param name="LaterGap">A range that lost its owner again: a hand-over that was under way, or one to a worker that was dead already.</param>
/// <param name="Until">After this time no range may be without an owner any more.</param>
internal sealed record CoverageLimits(TimeSpan FirstGap, TimeSpan LaterGap, TimeSpan Until)
{
    /// <summary>Looks and writes are not for nothing: the protocol adds a "just after" to each of its steps.</summary>
    private const double Slack = 0.1;

    /// <summary>Derives the limits from what stands in the store at the last disturbance.</summary>
    /// <param name="table">The table.</param>
    /// <param name="seat">The leader's lock.</param>
    /// <param name="living">The workers that live.</param>
    /// <param name="timing">The protocol's intervals.</param>
    /// <param name="handover">How long a hand-over may take until it is forced.</param>
    public static CoverageLimits Of(LeaseTable table, LeaderLock? seat, IReadOnlySet<string> living, LeaseTiming timing, TimeSpan handover)
    {
        var period = timing.Duration;
        var owners = table.Leases.Where(static lease => !lease.IsFinished).SelectMany(static lease => new[] { lease.Owner, lease.CheckpointOwner }).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var gone = table.Workers.Select(static report => report.WorkerId).Concat(owners).Where(worker => !living.Contains(worker)).ToHashSet(StringComparer.Ordinal);
        var isLed = seat is null or { IsReleased: true } || living.Contains(seat.Owner);
        if (gone.Count == 0 && isLed)
            return new(period * 2, period * 2, period * 2);

        // A dead leader: its lock must stand still for as long as it is good, from when a follower saw it last.
        var look = isLed ? TimeSpan.Zero : seat!.Deputy is { } deputy && living.Contains(deputy) ? timing.LockInterval : timing.RareLockInterval;
        var vacancy = isLed ? TimeSpan.Zero : seat!.Duration + look;
        // A new leader must see the leases stand still for a period. One that has led looks at intervals: what it saw move at its last look may have moved since the look before.
        var quiet = timing.Renewal == LeaseRenewal.PerLease ? timing.QuietPlanInterval : timing.HeartbeatLookInterval;
        var detection = isLed ? quiet + period : period;
        // A worker that died without leases counts as alive while its report is fresh. It may get the leases first: they come back a period later, once for each such worker.
        var idle = timing.Renewal == LeaseRenewal.PerWorker ? 0 : gone.Count(worker => !owners.Contains(worker));
        var detour = period + timing.ReplanInterval;
        var first = vacancy + detection + (detour * idle) + (period * Slack);
        // Until its report is stale it may also be named as a successor; the old owner goes on until then, or until the hand-over is forced.
        var isNamed = idle > 0 || table.Leases.Any(lease => lease.IsHandingOver && gone.Contains(lease.Owner!));
        return new(first, period * 2, vacancy + (isNamed ? timing.ReportLimit + handover + period + timing.Notice + detour : TimeSpan.Zero) + first);
    }
}
