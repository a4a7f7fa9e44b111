using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing.Balancing;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>The table, sorted for planning: who may get leases, which leases are free, which are in somebody's hands. Pure.</summary>
/// <param name="ActiveWorkers">Workers that may get leases, in order of their ids.</param>
/// <param name="Free">Unfinished leases that nobody works on, longest waiting first.</param>
/// <param name="Stuck">Leases whose hand-over has not ended in time.</param>
/// <param name="Held">Leases in the hands of (or on their way to) an active worker.</param>
/// <param name="PendingHandovers">How many hand-overs are under way.</param>
internal sealed record FleetView(
    ImmutableArray<string> ActiveWorkers,
    ImmutableArray<Lease> Free,
    ImmutableArray<Lease> Stuck,
    ImmutableArray<Lease> Held,
    int PendingHandovers)
{
    /// <summary>Leases on their way to a worker that is dead; their old owners live.</summary>
    public ImmutableArray<Lease> Aimless { get; init; } = [];

    /// <summary>What each lease weighs.</summary>
    public required LeaseWeights Weights { get; init; }

    /// <summary>The CPU of the active workers that report it.</summary>
    public ImmutableDictionary<string, WorkerCpu> Cpu { get; init; } = ImmutableDictionary<string, WorkerCpu>.Empty;

    /// <summary>Sorts the table.</summary>
    /// <param name="table">What was read.</param>
    /// <param name="watch">The watch after this reading.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="limits">The bounds.</param>
    /// <returns>The view.</returns>
    public static FleetView Create(LeaseTable table, LeaseWatch watch, TimeSpan now, LeasePlanLimits limits)
    {
        var active = ActiveIn(table, watch, now, limits);
        var isActive = active.ToHashSet(StringComparer.Ordinal);
        var free = new List<Lease>();
        var stuck = new List<Lease>();
        var held = new List<Lease>();
        var aimless = new List<Lease>();
        var pending = 0;
        foreach (var lease in table.Leases)
        {
            // A finished lease needs no worker: the leader's clean-up deletes it.
            if (lease.IsFinished)
                continue;
            if (lease.ActualOwner is null || watch.IsExpired(lease, now, limits.Duration))
            {
                free.Add(lease);
                continue;
            }

            if (lease.IsHandingOver)
                pending++;
            if (lease.IsHandingOver && watch.SilentSince(lease.Owner!) is not null && !isActive.Contains(lease.Owner!) && lease.Owner != lease.CheckpointOwner)
                aimless.Add(lease);
            else if (watch.HandoverSince(lease) is { } since && now - since > limits.HandoverLimit)
                stuck.Add(lease);
            else if (isActive.Contains(lease.Owner!))
                held.Add(lease);
        }

        return new(
            active,
            [.. free.OrderBy(lease => lease.ActualOwner is null ? TimeSpan.MinValue : watch.MovedAt(lease)).ThenBy(lease => lease.LeaseKey, StringComparer.Ordinal)],
            [.. stuck],
            [.. held],
            pending)
        {
            Aimless = [.. aimless],
            Weights = LeaseWeights.Of(table.Leases, limits.IsByCount),
            Cpu = limits.IsByCount ? ImmutableDictionary<string, WorkerCpu>.Empty : CpuOf(table, isActive),
        };
    }

    private static ImmutableDictionary<string, WorkerCpu> CpuOf(LeaseTable table, HashSet<string> active) => table.Workers
        .Where(worker => active.Contains(worker.WorkerId))
        .Select(worker => (worker.WorkerId, Cpu: WorkerCpu.Of(worker)))
        .Where(entry => entry.Cpu is not null)
        .ToImmutableDictionary(entry => entry.WorkerId, entry => entry.Cpu!, StringComparer.Ordinal);

    /// <summary>
    /// A worker is active with a fresh report, unless its leases say that it is dead: at least one has expired, none is alive (or an expired one was
    /// taken from it), and the worker has not reported after that expiry. (KCL looks at the report alone and gives leases to dead workers for up to a minute.)
    /// </summary>
    private static ImmutableArray<string> ActiveIn(LeaseTable table, LeaseWatch watch, TimeSpan now, LeasePlanLimits limits)
    {
        var alive = new HashSet<string>(StringComparer.Ordinal);
        var lastExpired = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var lease in table.Leases)
        {
            if (lease.ActualOwner is not { } owner || watch.MovedAt(lease) is not { } moved)
                continue;
            if (!watch.IsExpired(lease, now, limits.Duration))
                alive.Add(owner);
            else if (!lastExpired.TryGetValue(owner, out var other) || other < moved)
                lastExpired[owner] = moved;
        }

        return
        [
            .. table.Workers
                .Where(worker => limits.Renewal == LeaseRenewal.PerLease || watch.HasHeartbeat(worker.WorkerId, now, limits.Duration))
                .Where(worker => watch.ReportedAt(worker.WorkerId) is { } reported && now - reported <= limits.ReportLimit
                    && (watch.SilentSince(worker.WorkerId) is not { } silent || reported > silent)
                    && (alive.Contains(worker.WorkerId) || !lastExpired.TryGetValue(worker.WorkerId, out var moved) || reported > moved + limits.Duration))
                .Select(worker => worker.WorkerId)
                .Order(StringComparer.Ordinal),
        ];
    }
}
