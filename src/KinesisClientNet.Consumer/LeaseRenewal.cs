namespace KinesisClientNet.Consumer;

/// <summary>How workers prove that they still hold their leases. All workers of an application use the same way; the lease table records it.</summary>
public enum LeaseRenewal
{
    /// <summary>Every lease is renewed by a write of its own, as KCL does. Needed beside Java workers.</summary>
    PerLease,

    /// <summary>
    /// One heartbeat row proves all leases of a worker. Costs a fraction of the writes from a few leases a worker up. No Java worker can take part;
    /// the leases' rows stay in KCL's format, so that the application can be given back.
    /// </summary>
    PerWorker,
}
