using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// Counts what DynamoDB would charge (developer guide, "read/write capacity"): a write 1 unit for each KB of the row, a current read 1 and an eventually consistent one half a unit
/// for each 4 KB, a scan or query by the sum of what it touches. The index is written when an owner changes.
/// </summary>
internal sealed class MeteredLeaseStore(ILeaseStore inner) : ILeaseStore
{
    private const double Half = 0.5;

    // Renewals do not change a row's size, and there are millions of them.
    private readonly Dictionary<string, int> _blocksOf = [];

    public double ReadUnits { get; private set; }

    /// <summary>Those of the index included.</summary>
    public double WriteUnits { get; private set; }

    /// <summary>What the owner index alone has cost in writes.</summary>
    public double IndexWriteUnits { get; private set; }

    public void Reset() => (ReadUnits, WriteUnits, IndexWriteUnits) = (0, 0, 0);

    /// <summary>Units of one eventually consistent scan of the table as it stands.</summary>
    public static double ScanUnits(LeaseTable table, LeaderLock? row) => Half * Blocks(
        table.Leases.Sum(ItemSize.Of) + table.Workers.Sum(ItemSize.Of) + table.Heartbeats.Sum(ItemSize.Of) + (row is null ? 0 : ItemSize.Of(row)), 4096);

    /// <summary>Units of one query of the owner index.</summary>
    public static double QueryUnits(IEnumerable<string> keys, string owner) => Half * Blocks(keys.Sum(key => ItemSize.OfIndexEntry(key, owner)), 4096);

    public ValueTask PrepareAsync(CancellationToken cancellationToken = default) => inner.PrepareAsync(cancellationToken);

    public async ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default)
    {
        var table = await inner.ReadTableAsync(cancellationToken);
        ReadUnits += ScanUnits(table, await inner.ReadLeaderLockAsync(cancellationToken));
        return table;
    }

    public async ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default)
    {
        var lease = await inner.ReadLeaseAsync(leaseKey, cancellationToken);
        ReadUnits += Blocks(lease is null ? 0 : ItemSize.Of(lease), 4096);
        return lease;
    }

    public async ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default)
    {
        var keys = await inner.ListKeysOwnedByAsync(owner, cancellationToken);
        ReadUnits += QueryUnits(keys, owner);
        return keys;
    }

    public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        if (write is RenewLease && _blocksOf.TryGetValue(write.LeaseKey, out var known))
        {
            WriteUnits += known;
            return await inner.WriteLeaseAsync(write, cancellationToken);
        }

        var before = await inner.ReadLeaseAsync(write.LeaseKey, cancellationToken);
        var result = await inner.WriteLeaseAsync(write, cancellationToken);
        WriteUnits += _blocksOf[write.LeaseKey] = Blocks(Math.Max(before is null ? 0 : ItemSize.Of(before), result.Lease is null ? 0 : ItemSize.Of(result.Lease)), 1024);
        if (result.IsApplied && before?.Owner != result.Lease?.Owner)
        {
            var index = (before?.Owner is null ? 0 : 1) + (result.Lease?.Owner is null ? 0 : 1);
            (WriteUnits, IndexWriteUnits) = (WriteUnits + index, IndexWriteUnits + index);
        }

        return result;
    }

    public async ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        await inner.WriteReportAsync(report, cancellationToken);
        WriteUnits += Blocks(ItemSize.Of(report), 1024);
    }

    public async ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        WriteUnits += Blocks(ItemSize.Of(report), 1024);
        return await inner.DeleteReportAsync(report, cancellationToken);
    }

    public ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        ReadUnits += 1;
        return inner.ReadLeaderLockAsync(cancellationToken);
    }

    public ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default)
    {
        ReadUnits += Half;
        return inner.PeekLeaderLockAsync(cancellationToken);
    }

    public async ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        WriteUnits += Blocks(ItemSize.Of((next ?? seen)!), 1024);
        return await inner.ReplaceLeaderLockAsync(seen, next, cancellationToken);
    }

    public async ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default)
    {
        WriteUnits += Blocks(ItemSize.Of((next ?? seen)!), 1024);
        return await inner.WriteHeartbeatAsync(seen, next, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
    {
        ReadUnits += Half * workerIds.Count;
        return await inner.ReadHeartbeatsAsync(workerIds, cancellationToken);
    }

    public async ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default)
    {
        WriteUnits += 1;
        await inner.TellAsync(workerId, cancellationToken);
    }

    /// <summary>DynamoDB rounds up, and charges one block for what is not there.</summary>
    private static int Blocks(int bytes, int size) => Math.Max(1, (bytes + size - 1) / size);
}
