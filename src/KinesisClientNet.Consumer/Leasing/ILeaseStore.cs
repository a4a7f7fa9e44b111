namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Where workers keep their leases: the seam between coordination and storage. Implemented by DynamoDB and in memory; a third store proves itself
/// with the conformance kit of KinesisClientNet.Testing. All members are thread-safe. Every write is atomic on its row and decided by the row
/// as it stands (linearizable per row). A member that throws leaves the outcome unknown: callers read the row again; only a refused condition
/// is a value. A store must never wait without limit.
/// </summary>
public interface ILeaseStore
{
    /// <summary>Whether an exception of this store means that its rate is exceeded: shown as <see cref="ShardReason.ThrottledByDynamoDb"/> instead of a failure.</summary>
    /// <param name="error">What a member has thrown.</param>
    /// <returns>False unless the store knows better.</returns>
    bool IsThrottle(Exception error) => false;

    /// <summary>Makes the store usable: creates what is missing, checks what is there. Called by every worker at its start; repeatable.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when leases can be read and written.</returns>
    /// <exception cref="InvalidOperationException">What is there must not be written by this worker; the message says what to do.</exception>
    /// <exception cref="TimeoutException">It did not become usable within the store's limit.</exception>
    ValueTask PrepareAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads all leases and reports. May be slightly behind.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was read.</returns>
    ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads one lease, as it stands now.</summary>
    /// <param name="leaseKey">The row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lease, or null when there is none.</returns>
    ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default);

    /// <summary>Lists the keys of the leases whose <see cref="Lease.Owner"/> is the worker. May be slightly behind.</summary>
    /// <param name="owner">The worker.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The keys.</returns>
    ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default);

    /// <summary>Writes a row if the write's condition holds.</summary>
    /// <param name="write">The write.</param>
    /// <param name="cancellationToken">Ends the wait; the row may still have been written.</param>
    /// <returns>Whether it was applied, and the row.</returns>
    ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes a worker's report, whatever stands there.</summary>
    /// <param name="report">The report.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when it is written.</returns>
    ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default);

    /// <summary>Deletes a worker's report if nobody has written it since.</summary>
    /// <param name="report">The report as it was read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when it is newer or gone.</returns>
    ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default);

    /// <summary>Reads the leader lock, as it stands now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, or null when nobody leads.</returns>
    ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the leader lock for watching it: may be slightly behind, which costs half of a current reading. Taking the lock is guarded by its version.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, or null when nobody leads.</returns>
    ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default) => ReadLeaderLockAsync(cancellationToken);

    /// <summary>Replaces the leader lock if it stands as the writer saw it (same owner and version).</summary>
    /// <param name="seen">The lock as it was seen; null when there was none.</param>
    /// <param name="next">The lock after the write; null deletes it.</param>
    /// <param name="cancellationToken">Ends the wait; the lock may still have been written.</param>
    /// <returns>True when it was replaced.</returns>
    ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default);

    /// <summary>Replaces a worker's heartbeat if it stands as the writer saw it (same process and counter). The row's news are kept and returned.</summary>
    /// <param name="seen">The heartbeat as it was seen; null when there was none.</param>
    /// <param name="next">The heartbeat after the write; null deletes it. One of the two is set, both are of the same worker.</param>
    /// <param name="cancellationToken">Ends the wait; the row may still have been written.</param>
    /// <returns>Whether it was written, and the row.</returns>
    /// <exception cref="NotSupportedException">The store knows no heartbeats; it works with <see cref="LeaseRenewal.PerLease"/> alone.</exception>
    ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default) => throw NoHeartbeats(this);

    /// <summary>Reads the heartbeats of some workers. May be slightly behind.</summary>
    /// <param name="workerIds">The workers.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The heartbeats of those that have one.</returns>
    /// <exception cref="NotSupportedException">The store knows no heartbeats; it works with <see cref="LeaseRenewal.PerLease"/> alone.</exception>
    ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default) => throw NoHeartbeats(this);

    /// <summary>Tells a worker that the table has changed in a way that concerns it: raises its heartbeat's news by one. Nothing happens when it has no heartbeat.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="NotSupportedException">The store knows no heartbeats; it works with <see cref="LeaseRenewal.PerLease"/> alone.</exception>
    ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) => throw NoHeartbeats(this);

    private static NotSupportedException NoHeartbeats(ILeaseStore store) =>
        new($"The lease store {store.GetType().Name} keeps no heartbeats. Set Leases.Renewal to {nameof(LeaseRenewal.PerLease)}, or use a store that does.");
}
