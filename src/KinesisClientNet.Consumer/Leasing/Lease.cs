using System.Collections.Immutable;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// One row of the lease table: who works on a shard and how far it got. Carries exactly what KCL 3.5 keeps in a lease item (names in
/// parentheses), so that a Java worker can read and continue it. Immutable; a change is a <see cref="LeaseWrite"/>.
/// </summary>
public sealed record Lease
{
    /// <summary>The row's key (<c>leaseKey</c>): the shard id, or with several streams <c>account:stream:epoch:shardId</c>.</summary>
    public required string LeaseKey { get; init; }

    /// <summary>The shard (<c>shardId</c>; in a single-stream table it is not written, the key is the shard id).</summary>
    public required string ShardId { get; init; }

    /// <summary>The stream as <c>account:stream:epoch</c> (<c>streamName</c>); null in a single-stream table.</summary>
    public string? StreamId { get; init; }

    /// <summary>The worker that has the lease, or will have it when a hand-over is done (<c>leaseOwner</c>); null when nobody has.</summary>
    public string? Owner { get; init; }

    /// <summary>During a hand-over the worker that still processes and must checkpoint (<c>checkpointOwner</c>); else null.</summary>
    public string? CheckpointOwner { get; init; }

    /// <summary>Version and heartbeat (<c>leaseCounter</c>): grows with every renewal, checkpoint and change of owner.</summary>
    public long Counter { get; init; }

    /// <summary>How far the shard is done (<c>checkpoint</c>, <c>checkpointSubSequenceNumber</c>).</summary>
    public required ExtendedSequenceNumber Checkpoint { get; init; }

    /// <summary>A prepared, not yet made checkpoint (<c>pendingCheckpoint</c> and its sub-sequence number), or null. Written by Java workers; kept.</summary>
    public ExtendedSequenceNumber? PendingCheckpoint { get; init; }

    /// <summary>The application's bytes beside the prepared checkpoint (<c>pendingCheckpointState</c>), or null. Written by Java workers; kept.</summary>
    public ReadOnlyMemory<byte>? PendingCheckpointState { get; init; }

    /// <summary>Changes of owner since the last checkpoint (<c>ownerSwitchesSinceCheckpoint</c>); informative only.</summary>
    public long OwnerSwitchesSinceCheckpoint { get; init; }

    /// <summary>The shards that must be finished first (<c>parentShardId</c>): shard ids, not keys.</summary>
    public ImmutableArray<string> ParentShardIds { get; init; } = [];

    /// <summary>The shards that follow (<c>childShardIds</c>): shard ids, empty until the shard's end is processed.</summary>
    public ImmutableArray<string> ChildShardIds { get; init; } = [];

    /// <summary>The shard's hash keys (<c>startingHashKey</c>, <c>endingHashKey</c>); null when an old worker did not write them.</summary>
    public HashKeyRange? HashKeyRange { get; init; }

    /// <summary>Processed KiB a second, smoothed (<c>throughputKBps</c>); null until first known.</summary>
    public double? ThroughputKBps { get; init; }

    /// <summary>The worker that processes the shard now: the checkpoint owner during a hand-over, else the owner.</summary>
    public string? ActualOwner => CheckpointOwner ?? Owner;

    /// <summary>True while a hand-over waits for the old owner's last checkpoint.</summary>
    public bool IsHandingOver => CheckpointOwner is not null;

    /// <summary>True when everything of the shard is done.</summary>
    public bool IsFinished => Checkpoint.IsShardEnd;
}
