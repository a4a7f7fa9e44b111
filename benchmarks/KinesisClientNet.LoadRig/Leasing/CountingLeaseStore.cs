using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.LoadRig.Leasing;

/// <summary>Leases in memory, with a count of what a DynamoDB table would be asked: item writes, item reads and scanned items.</summary>
internal sealed class CountingLeaseStore : ILeaseStore
{
    private readonly InMemoryLeaseStore _inner = new();
    private long _writes;
    private long _reads;
    private long _scannedItems;

    /// <summary>What was asked up to now.</summary>
    public StoreCalls Calls => new(Interlocked.Read(ref _writes), Interlocked.Read(ref _reads), Interlocked.Read(ref _scannedItems));

    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => _inner.PrepareAsync(cancellationToken);

    /// <summary>The table as it is, not counted: for the one who measures.</summary>
    public ValueTask<LeaseTable> LookAsync(CancellationToken cancellationToken = default) => _inner.ReadTableAsync(cancellationToken);

    public async ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default)
    {
        var table = await _inner.ReadTableAsync(cancellationToken);
        Interlocked.Add(ref _scannedItems, table.Leases.Length + table.Workers.Length + 1);
        return table;
    }

    public ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        return _inner.ReadLeaseAsync(leaseKey, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default)
    {
        var keys = await _inner.ListKeysOwnedByAsync(owner, cancellationToken);
        Interlocked.Add(ref _reads, Math.Max(1, keys.Count));
        return keys;
    }

    public ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writes);
        return _inner.WriteLeaseAsync(write, cancellationToken);
    }

    public ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writes);
        return _inner.WriteReportAsync(report, cancellationToken);
    }

    public ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writes);
        return _inner.DeleteReportAsync(report, cancellationToken);
    }

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        return _inner.ReadLeaderLockAsync(cancellationToken);
    }

    public ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writes);
        return _inner.ReplaceLeaderLockAsync(seen, next, cancellationToken);
    }
}

/// <summary>What a lease store was asked.</summary>
internal readonly record struct StoreCalls(long Writes, long Reads, long ScannedItems)
{
    public static StoreCalls operator -(StoreCalls end, StoreCalls start) =>
        new(end.Writes - start.Writes, end.Reads - start.Reads, end.ScannedItems - start.ScannedItems);
}
