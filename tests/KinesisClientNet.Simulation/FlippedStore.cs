using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Simulation;

/// <summary>Which rule of the lease protocol is broken.</summary>
internal enum Flip
{
    /// <summary>A checkpoint is written one record too far.</summary>
    CheckpointTooFar,

    /// <summary>Neither renewals nor checkpoints look at the owner and the counter.</summary>
    NoFencing,

    /// <summary>A renewal is written whatever stands in the row: whoever renews has the lease again.</summary>
    RenewWithoutCondition,

    /// <summary>Leases of children do not name their parents.</summary>
    NoParents,
}

/// <summary>A store that breaks one rule of the lease protocol.</summary>
internal sealed class FlippedStore(ILeaseStore inner, Flip flip) : ILeaseStore
{
    /// <summary>What each row looked like to the worker that last saw its own write applied: the counter tells who writes.</summary>
    private readonly Dictionary<(string Key, long Counter), string> _writers = [];

    public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        var current = await inner.ReadLeaseAsync(write.LeaseKey, cancellationToken);
        var result = (flip, write) switch
        {
            (Flip.CheckpointTooFar, CheckpointLease { Checkpoint.IsNumber: true } checkpoint) => await inner.WriteLeaseAsync(
                new CheckpointLease(checkpoint.LeaseKey, checkpoint.Counter, OneFarther(checkpoint.Checkpoint)), cancellationToken),
            (Flip.NoFencing, CheckpointLease checkpoint) when current is not null => Seen(checkpoint.Counter, await inner.WriteLeaseAsync(
                new CheckpointLease(checkpoint.LeaseKey, current.Counter, checkpoint.Checkpoint) { ChildShardIds = checkpoint.ChildShardIds }, cancellationToken)),
            (Flip.NoFencing or Flip.RenewWithoutCondition, RenewLease renewal) when current is not null => Seen(renewal.Counter, await inner.WriteLeaseAsync(
                new RenewLease(renewal.LeaseKey, current.Counter, null, true), cancellationToken)),
            (Flip.NoParents, CreateLease creation) => await inner.WriteLeaseAsync(new CreateLease(creation.Lease with { ParentShardIds = [] }), cancellationToken),
            _ => await inner.WriteLeaseAsync(write, cancellationToken),
        };
        if (result is { IsApplied: true, Lease: { } row } && (row.CheckpointOwner ?? row.Owner) is { } owner)
            _writers[(row.LeaseKey, row.Counter)] = owner;
        return result;
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

    /// <summary>Past the next record, whatever its number: the counter stands 80 bits up in the number.</summary>
    private static ExtendedSequenceNumber OneFarther(ExtendedSequenceNumber checkpoint) =>
        checkpoint.SequenceNumber.TryGetBits(out var high, out var low)
            ? new(SequenceNumber.FromBits(high, low + (UInt128.One << 83)))
            : checkpoint;

    /// <summary>The writer sees a row that is still its own.</summary>
    private LeaseWriteResult Seen(long counter, LeaseWriteResult result)
    {
        if (result.Lease is not { } row || !_writers.TryGetValue((row.LeaseKey, counter), out var writer))
            return result;
        _writers[(row.LeaseKey, row.Counter)] = writer;
        return new(true, row with { Owner = writer, CheckpointOwner = null });
    }
}
