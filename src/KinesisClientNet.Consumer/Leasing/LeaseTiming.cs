namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Every interval of the leasing code, derived from the lease duration (docs/adr/0020-lease-timing.md).</summary>
internal sealed record LeaseTiming(TimeSpan Duration, LeaseRenewal Renewal = LeaseRenewal.PerLease)
{
    /// <summary>From the start of the last proof of life until this worker stops using a lease. The last tenth belongs to observers whose clocks run faster.</summary>
    public TimeSpan Usable => Duration * 0.9;

    /// <summary>How often the renewal loop looks; a failed renewal is tried again at the next look.</summary>
    public TimeSpan RenewTick => Duration * 0.1;

    /// <summary>A lease is renewed when its last proof is older than this. With the tick: every 0.4 durations, then up to five tries before it expires.</summary>
    public TimeSpan RenewAfter => Duration * 0.35;

    /// <summary>The longest that one renewal may take; its slot is then free for another lease.</summary>
    public TimeSpan RenewTimeout => Duration * 0.3;

    /// <summary>How often a worker asks which leases it was given (KCL: 0.9975 durations).</summary>
    public TimeSpan FindInterval => Duration;

    /// <summary>How often the leader reads the table and plans while something changes, or while an owner may be dead.</summary>
    public TimeSpan PlanInterval => Duration;

    /// <summary>How often it reads the table when nothing has changed for <see cref="BusyTime"/> and every owner is seen to live (KCL: always).</summary>
    public TimeSpan QuietPlanInterval => Duration * 2;

    /// <summary>For how long after a change of workers, leases or shards the leader looks at short intervals.</summary>
    public TimeSpan BusyTime => Duration * 6;

    /// <summary>With per-worker renewal: how often a leader that is not alone reads the others' heartbeats in quiet times.</summary>
    public TimeSpan HeartbeatLookInterval => Duration * 3;

    /// <summary>With per-worker renewal: how often each lease's row is renewed by itself, the table is read and the owner index is asked, in case that news were lost.</summary>
    public TimeSpan FallbackInterval => Duration * 30;

    /// <summary>How often a follower looks at the leader lock whom the leader has not asked to (KCL: 3 durations). Only when leader and deputy die together is it waited for.</summary>
    public TimeSpan RareLockInterval => Duration * (Renewal == LeaseRenewal.PerLease ? 3 : 15);

    /// <summary>After this time without a heartbeat anybody may take the leader lock.</summary>
    public TimeSpan LockDuration => Duration * (Renewal == LeaseRenewal.PerLease ? 1.1 : 2.1);

    /// <summary>How often the leader renews its lock and a follower looks at it.</summary>
    public TimeSpan LockInterval => Duration * (Renewal == LeaseRenewal.PerLease ? 0.8 : 1.75);

    /// <summary>The lock of a leader that is alone in its fleet: nobody waits for its seat, so its heartbeats need not cost more than KCL's.</summary>
    public TimeSpan AloneLockDuration => Duration * 3;

    /// <summary>How often a leader that is alone renews its lock.</summary>
    public TimeSpan AloneLockInterval => Duration * 2;

    /// <summary>When the leader plans again after a plan that moved something.</summary>
    public TimeSpan ReplanInterval => Duration * 0.3;

    /// <summary>How often a worker reports itself. Java leaders drop reports older than 60 s.</summary>
    public TimeSpan ReportInterval => Duration * 4.5 < TimeSpan.FromSeconds(45) ? Duration * 4.5 : TimeSpan.FromSeconds(45);

    /// <summary>After leases were moved because of CPU the reports need this long to show the effect: a full interval, smoothed once more.</summary>
    public TimeSpan CpuSettleTime => ReportInterval * 2;

    /// <summary>A change of a lease's throughput shows by half after this time. Longer than KCL's 3.3 s, so that bursts do not move leases.</summary>
    public TimeSpan ThroughputHalfLife => Duration * 3;

    /// <summary>Added where "just after" is meant.</summary>
    public TimeSpan Epsilon => Duration * 0.0025;

    /// <summary>A worker whose report has not changed for this long gets no leases (KCL: 60 s).</summary>
    public TimeSpan ReportLimit => Duration * 6 < TimeSpan.FromSeconds(60) ? Duration * 6 : TimeSpan.FromSeconds(60);

    /// <summary>How often finished leases are looked for.</summary>
    public TimeSpan CleanUpInterval => Duration * 6;

    /// <summary>How often the leader lists a stream's shards without a reason in the table, when it reads the table: that finds a stream that was deleted and created again.</summary>
    public TimeSpan ListInterval => Duration * 6;

    /// <summary>The same for a stream whose lease keys carry its creation time, so that its lookup finds it.</summary>
    public TimeSpan QuietListInterval => Duration * 30;

    /// <summary>When a listing that contradicts the table is checked by another one.</summary>
    public TimeSpan SecondListingAfter => Duration * 3;

    /// <summary>How often a worker looks at a lease that is about to be handed over to it. One read each, for as long as the hand-over takes.</summary>
    public TimeSpan ExpectInterval => Duration * 0.025;

    /// <summary>
    /// How long the old owner goes on after it has learnt of a hand-over: until then the new owner has found the lease in the index and looks at it four
    /// times a second, so that it starts at once when the old owner lets go.
    /// </summary>
    public TimeSpan Notice => FindInterval + ExpectInterval;
}
