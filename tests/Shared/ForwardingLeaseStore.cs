using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Tests.Shared;

/// <summary>Passes every call on; a double overrides what it looks at or changes.</summary>
public abstract class ForwardingLeaseStore(ILeaseStore inner) : ILeaseStore
{
    public virtual bool IsThrottle(Exception error) => inner.IsThrottle(error);

    public virtual ValueTask PrepareAsync(CancellationToken cancellationToken = default) => inner.PrepareAsync(cancellationToken);

    public virtual ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default) => inner.ReadTableAsync(cancellationToken);

    public virtual ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default) =>
        inner.ReadLeaseAsync(leaseKey, cancellationToken);

    public virtual ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default) =>
        inner.ListKeysOwnedByAsync(owner, cancellationToken);

    public virtual ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default) =>
        inner.WriteLeaseAsync(write, cancellationToken);

    public virtual ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        inner.WriteReportAsync(report, cancellationToken);

    public virtual ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        inner.DeleteReportAsync(report, cancellationToken);

    public virtual ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) => inner.ReadLeaderLockAsync(cancellationToken);

    public virtual ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default) => inner.PeekLeaderLockAsync(cancellationToken);

    public virtual ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default) =>
        inner.ReplaceLeaderLockAsync(seen, next, cancellationToken);

    public virtual ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default) =>
        inner.WriteHeartbeatAsync(seen, next, cancellationToken);

    public virtual ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(
        IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default) => inner.ReadHeartbeatsAsync(workerIds, cancellationToken);

    public virtual ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) => inner.TellAsync(workerId, cancellationToken);
}
