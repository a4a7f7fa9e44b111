using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>A lease store that keeps the applied writes in order, whose writes fail as the test says, and that can be cut off from its worker.</summary>
public sealed class WatchedLeaseStore(ILeaseStore inner) : ILeaseStore
{
    private readonly Lock _gate = new();
    private readonly List<(LeaseWrite Write, Lease? Row)> _applied = [];

    /// <summary>Gives the exception of a write, or null.</summary>
    public Func<LeaseWrite, Exception?> Fail { get; set; } = static _ => null;

    /// <summary>Told of each applied write.</summary>
    public Action<LeaseWrite>? Applied { get; set; }

    /// <summary>From now on nothing gets through: as if the process were dead.</summary>
    public bool IsCutOff { get; set; }

    public IReadOnlyList<(LeaseWrite Write, Lease? Row)> History
    {
        get
        {
            lock (_gate)
                return [.. _applied];
        }
    }

    public bool IsThrottle(Exception error) => error is ThrottledException;

    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => Through().PrepareAsync(cancellationToken);

    public ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default) => Through().ReadTableAsync(cancellationToken);

    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default) => Through().ReadLeaseAsync(leaseKey, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default) =>
        Through().ListKeysOwnedByAsync(owner, cancellationToken);

    public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        if (Fail(write) is { } error)
            throw error;
        var result = await Through().WriteLeaseAsync(write, cancellationToken);
        if (!result.IsApplied)
            return result;
        lock (_gate)
            _applied.Add((write, result.Lease));
        Applied?.Invoke(write);
        return result;
    }

    public ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) => Through().WriteReportAsync(report, cancellationToken);

    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default) => Through().DeleteReportAsync(report, cancellationToken);

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) => Through().ReadLeaderLockAsync(cancellationToken);

    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default) =>
        Through().ReplaceLeaderLockAsync(seen, next, cancellationToken);

    private ILeaseStore Through() => IsCutOff ? throw new IOException("The process is dead.") : inner;

    /// <summary>The store's rate is exceeded.</summary>
    public sealed class ThrottledException() : Exception("rate exceeded");
}
