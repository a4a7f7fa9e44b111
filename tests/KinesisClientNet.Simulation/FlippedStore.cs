using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

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
internal sealed class FlippedStore(ILeaseStore inner, Flip flip) : ForwardingLeaseStore(inner)
{
    /// <summary>What each row looked like to the worker that last saw its own write applied: the counter tells who writes.</summary>
    private readonly Dictionary<(string Key, long Counter), string> _writers = [];

    public override async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        var current = await base.ReadLeaseAsync(write.LeaseKey, cancellationToken);
        var result = (flip, write) switch
        {
            (Flip.CheckpointTooFar, CheckpointLease { Checkpoint.IsNumber: true } checkpoint) => await base.WriteLeaseAsync(
                new CheckpointLease(checkpoint.LeaseKey, checkpoint.Counter, OneFarther(checkpoint.Checkpoint)), cancellationToken),
            (Flip.NoFencing, CheckpointLease checkpoint) when current is not null => Seen(checkpoint.Counter, await base.WriteLeaseAsync(
                new CheckpointLease(checkpoint.LeaseKey, current.Counter, checkpoint.Checkpoint) { ChildShardIds = checkpoint.ChildShardIds }, cancellationToken)),
            (Flip.NoFencing or Flip.RenewWithoutCondition, RenewLease renewal) when current is not null => Seen(renewal.Counter, await base.WriteLeaseAsync(
                new RenewLease(renewal.LeaseKey, current.Counter, null, true), cancellationToken)),
            (Flip.NoParents, CreateLease creation) => await base.WriteLeaseAsync(new CreateLease(creation.Lease with { ParentShardIds = [] }), cancellationToken),
            _ => await base.WriteLeaseAsync(write, cancellationToken),
        };
        if (result is { IsApplied: true, Lease: { } row } && (row.CheckpointOwner ?? row.Owner) is { } owner)
            _writers[(row.LeaseKey, row.Counter)] = owner;
        return result;
    }

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
