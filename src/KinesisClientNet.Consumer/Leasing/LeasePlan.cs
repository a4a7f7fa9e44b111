using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>How a lease changes hands.</summary>
internal enum LeaseMoveKind
{
    /// <summary>Nobody works on it (no owner, or expired): it is given at once.</summary>
    Assign,

    /// <summary>Somebody works on it: it is asked to hand it over.</summary>
    Handover,

    /// <summary>A hand-over did not end in time: the lease is given to its new owner without the old one's checkpoint.</summary>
    Force,

    /// <summary>The worker that was to get it is dead: the hand-over is called off, the old owner keeps the lease.</summary>
    CallOff,
}

/// <summary>One decision of the leader.</summary>
/// <param name="Lease">The lease as it was read.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Kind">How.</param>
internal readonly record struct LeaseMove(Lease Lease, string To, LeaseMoveKind Kind)
{
    /// <summary>The write that executes the decision. An expired lease must still stand as it was seen: an owner that came back in between keeps it.</summary>
    public LeaseWrite ToWrite() => Kind switch
    {
        LeaseMoveKind.Handover => new StartHandover(Lease.LeaseKey, Lease.Owner!, To),
        LeaseMoveKind.Assign => new AssignLease(Lease.LeaseKey, Lease.Owner, Lease.CheckpointOwner, To, Lease.Counter),
        _ => new AssignLease(Lease.LeaseKey, Lease.Owner, Lease.CheckpointOwner, To),
    };
}

/// <summary>What the leader will do with the leases.</summary>
/// <param name="Moves">The decisions, most urgent first.</param>
/// <param name="ActiveWorkers">The workers that may get leases.</param>
/// <param name="Unassigned">Leases that nobody can take because every worker is full or none is active.</param>
internal sealed record LeasePlan(ImmutableArray<LeaseMove> Moves, ImmutableArray<string> ActiveWorkers, int Unassigned)
{
    public static LeasePlan Nothing { get; } = new([], [], 0);

    /// <summary>True when workers were relieved because of their CPU. The next such plan must wait until the reports show what this one has changed.</summary>
    public bool RelievesCpu { get; init; }
}

/// <summary>What bounds a plan.</summary>
/// <param name="Duration">How long leases live.</param>
/// <param name="HandoverLimit">After this time a pending hand-over is forced.</param>
/// <param name="ReportLimit">A worker whose report has not changed for longer gets nothing.</param>
/// <param name="MaxLeases">The most leases of one worker.</param>
/// <param name="MaxHandovers">The most hand-overs pending at once.</param>
internal sealed record LeasePlanLimits(TimeSpan Duration, TimeSpan HandoverLimit, TimeSpan ReportLimit, int MaxLeases, int MaxHandovers)
{
    /// <summary>True balances by the number of leases alone.</summary>
    public bool IsByCount { get; init; }

    /// <summary>The most throughput of one worker, in KiB a second; infinite for no limit.</summary>
    public double MaxThroughputKBps { get; init; } = double.PositiveInfinity;

    /// <summary>How the table's leases are renewed: with one heartbeat a worker, one without it gets nothing.</summary>
    public LeaseRenewal Renewal { get; init; }
}
