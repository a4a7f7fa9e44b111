using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Simulation;

/// <summary>
/// A store whose writes may take their time: the caller gives up, and the write is applied all the same, seconds later, as when a connection stalls.
/// Only the conditions of the writes then keep an old owner from changing what a new one has.
/// </summary>
internal sealed class LateStore(ILeaseStore inner, TimeProvider clock, int seed, Action<LeaseWrite, Lease?> applied) : ILeaseStore
{
    private const int LongestDelayMilliseconds = 20_000;

    private readonly Random _random = new(seed);

    /// <summary>Share of writes that are late: 0 to 1.</summary>
    public double LateShare { get; set; }

    public long Late { get; private set; }

    public ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        if (LateShare == 0 || _random.NextDouble() >= LateShare)
            return new(ApplyAsync(write));
        Late++;
        return new(WriteLateAsync(write, TimeSpan.FromMilliseconds(_random.Next(LongestDelayMilliseconds))).WaitAsync(cancellationToken));
    }

    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => inner.PrepareAsync(cancellationToken);

    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default) => inner.ReadTableAsync(cancellationToken);

    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default) =>
        inner.ReadLeaseAsync(leaseKey, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default) =>
        inner.ListKeysOwnedByAsync(owner, cancellationToken);

    public ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        inner.WriteReportAsync(report, cancellationToken);

    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        inner.DeleteReportAsync(report, cancellationToken);

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) => inner.ReadLeaderLockAsync(cancellationToken);

    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default) =>
        inner.ReplaceLeaderLockAsync(seen, next, cancellationToken);

    public ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default) =>
        inner.WriteHeartbeatAsync(seen, next, cancellationToken);

    public ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(
        IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default) => inner.ReadHeartbeatsAsync(workerIds, cancellationToken);

    public ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) => inner.TellAsync(workerId, cancellationToken);

    private async Task<LeaseWriteResult> WriteLateAsync(LeaseWrite write, TimeSpan delay)
    {
        await Task.Delay(delay, clock, CancellationToken.None);
        return await ApplyAsync(write);
    }

    private async Task<LeaseWriteResult> ApplyAsync(LeaseWrite write)
    {
        var result = await inner.WriteLeaseAsync(write, CancellationToken.None);
        if (result.IsApplied)
            applied(write, result.Lease);
        return result;
    }
}
