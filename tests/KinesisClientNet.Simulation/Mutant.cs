using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Simulation;

/// <summary>
/// A fleet with one rule flipped, at a seam, so that the product itself stays as it is: the oracle must notice. Each is a kind of bug that such
/// libraries have had.
/// </summary>
internal sealed class Mutant(Func<ILeaseStore, ILeaseStore>? store = null, Func<IKinesisApi, IKinesisApi>? producer = null)
{
    public static Mutant None { get; } = new();

    /// <summary>By name, for the command line and the tests.</summary>
    public static IReadOnlyDictionary<string, Mutant> All { get; } = new Dictionary<string, Mutant>(StringComparer.Ordinal)
    {
        ["none"] = None,
        ["checkpoint-too-far"] = new(static inner => new FlippedStore(inner, Flip.CheckpointTooFar)),
        ["no-fencing"] = new(static inner => new FlippedStore(inner, Flip.NoFencing)),
        ["renew-without-condition"] = new(static inner => new FlippedStore(inner, Flip.RenewWithoutCondition)),
        ["child-before-parent"] = new(static inner => new FlippedStore(inner, Flip.NoParents)),
        ["retry-that-drops"] = new(producer: static inner => new FlippedProducerApi(inner) { DropsFailedEntries = true }),
        ["aggregate-across-shards"] = new(producer: static inner => new FlippedProducerApi(inner) { HidesRanges = true }),
    };

    public ILeaseStore OfStore(ILeaseStore inner) => store?.Invoke(inner) ?? inner;

<<<<<<< HEAD
    public IKinesisApi OfProducer(IKinesisApi inner) => inner;

    private enum Flip
    {
        CheckpointTooFar,
        NoFencing,
        NoParents,
    }

    /// <summary>A store that breaks one rule of the lease protocol.</summary>
    private sealed class FlippedStore(ILeaseStore inner, Flip flip) : ILeaseStore
    {
        public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
        {
            var current = await inner.ReadLeaseAsync(write.LeaseKey, cancellationToken);
            var flipped = (flip, write) switch
            {
                (Flip.CheckpointTooFar, CheckpointLease { Checkpoint.IsNumber: true } checkpoint) => new CheckpointLease(
                    checkpoint.LeaseKey, checkpoint.Counter, OneFarther(checkpoint.Checkpoint)),
                (Flip.NoFencing, CheckpointLease checkpoint) when current is not null =>
                    new CheckpointLease(checkpoint.LeaseKey, current.Counter, checkpoint.Checkpoint) { ChildShardIds = checkpoint.ChildShardIds },
                (Flip.NoFencing, RenewLease renewal) when current is not null => new RenewLease(renewal.LeaseKey, current.Counter, null, true),
                (Flip.NoParents, CreateLease creation) => new CreateLease(creation.Lease with { ParentShardIds = [] }),
                _ => write,
            };
            return await inner.WriteLeaseAsync(flipped, cancellationToken);
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
    }
=======
    public IKinesisApi OfProducer(IKinesisApi inner) => producer?.Invoke(inner) ?? inner;
>>>>>>> e7dc73c (Simulation: rolling deployments, dead letters, late writes, slow handlers; plans as texts; the oracle sees checkpoints that go back, owners without fence, coverage and leaks; six mutants)
}
