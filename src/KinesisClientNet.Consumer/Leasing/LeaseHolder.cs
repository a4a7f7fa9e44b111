namespace KinesisClientNet.Consumer.Leasing;

/// <summary>What all held leases of one worker share.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Store">Where leases are kept.</param>
/// <param name="Timing">Every interval.</param>
/// <param name="Time">The clock: only its timestamps and timers are used, never its date.</param>
/// <param name="Ended">Told once when a held lease ends.</param>
internal sealed record LeaseHolder(string WorkerId, ILeaseStore Store, LeaseTiming Timing, TimeProvider Time, Action<HeldLease, LeaseLoss> Ended)
{
    /// <summary>How leases are renewed.</summary>
    public LeaseRenewal Renewal { get; init; }

    /// <summary>Whether this worker may become the leader.</summary>
    public bool CanLead { get; init; } = true;
}
