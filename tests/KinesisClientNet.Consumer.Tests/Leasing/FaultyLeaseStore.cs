using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>What happens to one call of the store.</summary>
public enum StoreFault
{
    None,

    /// <summary>The call fails and nothing is written.</summary>
    Refuse,

    /// <summary>The write is applied but its answer is lost.</summary>
    LoseAnswer,
}

/// <summary>A store whose calls can fail, one view per worker, with counts of what was asked.</summary>
public sealed class FaultyLeaseStore(ILeaseStore inner) : ILeaseStore
{
    public Func<string, object?, StoreFault> Fault { get; set; } = static (_, _) => StoreFault.None;

    public Dictionary<string, int> Calls { get; } = [];

    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => inner.PrepareAsync(cancellationToken);

    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default) =>
        RunAsync("ReadTable", null, () => inner.ReadTableAsync(cancellationToken));

    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default) =>
        RunAsync("ReadLease", leaseKey, () => inner.ReadLeaseAsync(leaseKey, cancellationToken));

    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default) =>
        RunAsync("ListKeys", owner, () => inner.ListKeysOwnedByAsync(owner, cancellationToken));

    public ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default) =>
        RunAsync(write.GetType().Name, write, () => inner.WriteLeaseAsync(write, cancellationToken));

    public async ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        await RunAsync("WriteReport", report, async () =>
        {
            await inner.WriteReportAsync(report, cancellationToken);
            return true;
        });

    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) =>
        RunAsync("DeleteReport", report, () => inner.DeleteReportAsync(report, cancellationToken));

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) =>
        RunAsync("ReadLock", null, () => inner.ReadLeaderLockAsync(cancellationToken));

    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default) =>
        RunAsync("ReplaceLock", next, () => inner.ReplaceLeaderLockAsync(seen, next, cancellationToken));

    public ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default) =>
        RunAsync("PeekLock", null, () => inner.PeekLeaderLockAsync(cancellationToken));

    public ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default) =>
        RunAsync("WriteHeartbeat", (seen, next), () => inner.WriteHeartbeatAsync(seen, next, cancellationToken));

    public ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default) =>
        RunAsync("ReadHeartbeats", workerIds, () => inner.ReadHeartbeatsAsync(workerIds, cancellationToken));

    public async ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) =>
        await RunAsync("Tell", workerId, async () =>
        {
            await inner.TellAsync(workerId, cancellationToken);
            return true;
        });

    private async ValueTask<T> RunAsync<T>(string call, object? detail, Func<ValueTask<T>> run)
    {
        Calls[call] = Calls.GetValueOrDefault(call) + 1;
        var fault = Fault(call, detail);
        if (fault == StoreFault.Refuse)
            throw new IOException($"{call} is refused.");
        var result = await run();
        return fault == StoreFault.LoseAnswer ? throw new IOException($"The answer to {call} is lost.") : result;
    }
}
