using System.Collections.Immutable;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A conditional write to one row of the lease table. The set is closed: the nine writes of KCL 3.5 and their conditions are the protocol
/// between workers of both languages. <see cref="IsAllowed"/> and <see cref="Apply"/> are its one definition; a store either calls them inside a
/// transaction or compare-and-swap on its row, or translates each write into its own language (as the DynamoDB store does).
/// </summary>
public abstract record LeaseWrite
{
    private protected LeaseWrite(string leaseKey) => LeaseKey = leaseKey;

    /// <summary>The row that is written.</summary>
    public string LeaseKey { get; }

    /// <summary>Whether the write's condition holds.</summary>
    /// <param name="current">The row as it stands, or null when there is none.</param>
    /// <returns>True when the row may be replaced by <see cref="Apply"/>.</returns>
    public abstract bool IsAllowed(Lease? current);

    /// <summary>The row after the write. Call it only when <see cref="IsAllowed"/>.</summary>
    /// <param name="current">The row as it stands, or null when there is none.</param>
    /// <returns>The new row; null when the write deletes it.</returns>
    public abstract Lease? Apply(Lease? current);
}

/// <summary>Creates a row if there is none.</summary>
/// <param name="Lease">The row.</param>
public sealed record CreateLease(Lease Lease) : LeaseWrite(Lease.LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current is null;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => Lease;
}

/// <summary>Proves that the owner lives: counter + 1.</summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="Counter">The counter in the owner's memory.</param>
/// <param name="ThroughputKBps">Processed KiB a second; null leaves the attribute as it is.</param>
/// <param name="IsHandoverKnown">True when the owner knows that it is handing over; else a hand-over that began in between refuses the write and so becomes known.</param>
public sealed record RenewLease(string LeaseKey, long Counter, double? ThroughputKBps = null, bool IsHandoverKnown = false) : LeaseWrite(LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current?.Counter == Counter && (IsHandoverKnown || !current.IsHandingOver);

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with { Counter = Counter + 1, ThroughputKBps = ThroughputKBps ?? current.ThroughputKBps };
}

/// <summary>
/// The first renewal by a worker that was given the lease: proves in one write that the lease is its own and that no hand-over is pending, and
/// reads the row. On the row it is a renewal like any other (counter + 1).
/// </summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="Owner">The worker that claims.</param>
public sealed record ClaimLease(string LeaseKey, string Owner) : LeaseWrite(LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current?.Owner == Owner && !current.IsHandingOver;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with { Counter = current.Counter + 1 };
}

/// <summary>
/// Gives the lease to a worker, ending any hand-over: by the leader, by a taker, and by the old owner when it hands over. Counter + 1, so the
/// former owner's next write fails.
/// </summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="KnownOwner">The owner that the writer saw; null for none.</param>
/// <param name="KnownCheckpointOwner">The checkpoint owner that the writer saw; null for none.</param>
/// <param name="NewOwner">The worker that gets the lease.</param>
/// <param name="KnownCounter">When set, the counter must also stand as the writer saw it: an owner that renewed in between keeps its lease. KCL's leader does not ask for it.</param>
public sealed record AssignLease(string LeaseKey, string? KnownOwner, string? KnownCheckpointOwner, string NewOwner, long? KnownCounter = null)
    : LeaseWrite(LeaseKey)
{
    /// <summary>KCL's rule for <c>ownerSwitchesSinceCheckpoint</c>.</summary>
    internal bool CountsAsSwitch => (KnownOwner is not null && KnownOwner != NewOwner) || KnownCheckpointOwner == NewOwner;

    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) =>
        current is not null && current.Owner == KnownOwner && current.CheckpointOwner == KnownCheckpointOwner &&
        (KnownCounter is null || current.Counter == KnownCounter);

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with
    {
        Owner = NewOwner,
        CheckpointOwner = null,
        Counter = current.Counter + 1,
        OwnerSwitchesSinceCheckpoint = current.OwnerSwitchesSinceCheckpoint + (CountsAsSwitch ? 1 : 0),
    };
}

/// <summary>
/// Asks the owner to hand the lease over: the new owner is written, the old one stays as checkpoint owner until it has checkpointed. The
/// counter is not touched, so that the old owner's renewals and checkpoints go on.
/// </summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="CurrentOwner">The owner that the writer saw.</param>
/// <param name="NewOwner">The worker that will get the lease.</param>
public sealed record StartHandover(string LeaseKey, string CurrentOwner, string NewOwner) : LeaseWrite(LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current is not null && current.Owner == CurrentOwner && !current.IsHandingOver;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with { Owner = NewOwner, CheckpointOwner = CurrentOwner };
}

/// <summary>
/// Gives the lease up. Without a hand-over the row has no owner afterwards; during one the hand-over ends and the new owner stays.
/// </summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="KnownOwner">The owner that the writer saw; null for none.</param>
/// <param name="KnownCheckpointOwner">The checkpoint owner that the writer saw; null for none.</param>
public sealed record EvictLease(string LeaseKey, string? KnownOwner, string? KnownCheckpointOwner = null) : LeaseWrite(LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) =>
        current is not null && current.Owner == KnownOwner && current.CheckpointOwner == KnownCheckpointOwner;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with
    {
        Owner = KnownCheckpointOwner is null ? null : current.Owner,
        CheckpointOwner = null,
        Counter = current.Counter + 1,
    };
}

/// <summary>Writes a checkpoint; counts as a renewal. Allowed during a hand-over, which is what the hand-over waits for.</summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="Counter">The counter in the owner's memory.</param>
/// <param name="Checkpoint">How far the shard is done.</param>
public sealed record CheckpointLease(string LeaseKey, long Counter, ExtendedSequenceNumber Checkpoint) : LeaseWrite(LeaseKey)
{
    /// <summary>Known children; written when not empty.</summary>
    public ImmutableArray<string> ChildShardIds { get; init; } = [];

    /// <summary>The shard's hash keys; written when known.</summary>
    public HashKeyRange? HashKeyRange { get; init; }

    /// <summary>
    /// Processed KiB a second; written when known. KCL writes it with renewals only; a lease that checkpoints often needs none.
    /// </summary>
    public double? ThroughputKBps { get; init; }

    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current?.Counter == Counter;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with
    {
        Counter = Counter + 1,
        Checkpoint = Checkpoint,
        OwnerSwitchesSinceCheckpoint = 0,
        PendingCheckpoint = null,
        PendingCheckpointState = null,
        ChildShardIds = ChildShardIds.IsEmpty ? current.ChildShardIds : ChildShardIds,
        HashKeyRange = HashKeyRange ?? current.HashKeyRange,
        ThroughputKBps = ThroughputKBps ?? current.ThroughputKBps,
    };
}

/// <summary>Completes what is known of the shard: children or hash keys. Touches neither counter nor owner.</summary>
/// <param name="LeaseKey">The row.</param>
public sealed record DescribeLease(string LeaseKey) : LeaseWrite(LeaseKey)
{
    /// <summary>The shard's children; empty leaves the attribute as it is.</summary>
    public ImmutableArray<string> ChildShardIds { get; init; } = [];

    /// <summary>The shard's hash keys; null leaves the attributes as they are.</summary>
    public HashKeyRange? HashKeyRange { get; init; }

    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => current is not null;

    /// <inheritdoc/>
    public override Lease Apply(Lease? current) => current! with
    {
        ChildShardIds = ChildShardIds.IsEmpty ? current.ChildShardIds : ChildShardIds,
        HashKeyRange = HashKeyRange ?? current.HashKeyRange,
    };
}

/// <summary>Deletes a row; a row that is gone already counts as deleted.</summary>
/// <param name="LeaseKey">The row.</param>
/// <param name="OnlyFinished">True refuses to delete a row whose shard is not at its end (our clean-up); false deletes whatever stands there (a deleted stream).</param>
public sealed record DeleteLease(string LeaseKey, bool OnlyFinished) : LeaseWrite(LeaseKey)
{
    /// <inheritdoc/>
    public override bool IsAllowed(Lease? current) => !OnlyFinished || current is null || current.IsFinished;

    /// <inheritdoc/>
    public override Lease? Apply(Lease? current) => null;
}
