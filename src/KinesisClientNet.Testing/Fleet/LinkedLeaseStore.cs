using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>The lease store as one worker reaches it.</summary>
internal sealed class LinkedLeaseStore(ILeaseStore store, WorkerLink link) : ILeaseStore
{
    public async ValueTask PrepareAsync(CancellationToken cancellationToken = default) => await link.CallAsync(
        async () =>
        {
            await store.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ReadTableAsync(cancellationToken), cancellationToken);

    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ReadLeaseAsync(leaseKey, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ListKeysOwnedByAsync(owner, cancellationToken), cancellationToken);

    public ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.WriteLeaseAsync(write, cancellationToken), cancellationToken);

    public async ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) => await link.CallAsync(
        async () =>
        {
            await store.WriteReportAsync(report, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.DeleteReportAsync(report, cancellationToken), cancellationToken);

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ReadLeaderLockAsync(cancellationToken), cancellationToken);

    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ReplaceLeaderLockAsync(seen, next, cancellationToken), cancellationToken);

    public ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.PeekLeaderLockAsync(cancellationToken), cancellationToken);

    public ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.WriteHeartbeatAsync(seen, next, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => store.ReadHeartbeatsAsync(workerIds, cancellationToken), cancellationToken);

    public async ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) => await link.CallAsync(
        async () =>
        {
            await store.TellAsync(workerId, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);
}
