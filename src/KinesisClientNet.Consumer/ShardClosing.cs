using KinesisClientNet.Consumer.Checkpointing;

namespace KinesisClientNet.Consumer;

/// <summary>The end of a shard's processing.</summary>
public sealed class ShardClosing
{
    private readonly ICheckpointSink? _checkpoints;

    /// <summary>Creates a closing without a lease: for tests of a processor.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="reason">Why.</param>
    public ShardClosing(ShardContext shard, ShardCloseReason reason)
        : this(shard, reason, null, null)
    {
    }

    internal ShardClosing(ShardContext shard, ShardCloseReason reason, Exception? error, ICheckpointSink? checkpoints) =>
        (Shard, Reason, Error, _checkpoints) = (shard, reason, error, checkpoints);

    /// <summary>The shard.</summary>
    public ShardContext Shard { get; }

    /// <summary>Why.</summary>
    public ShardCloseReason Reason { get; }

    /// <summary>The exception behind <see cref="ShardCloseReason.Failed"/>; else null.</summary>
    public Exception? Error { get; }

    /// <summary>Whether the lease is still held, so that a checkpoint can be written. False after a lost lease.</summary>
    public bool CanCheckpoint => Reason != ShardCloseReason.LeaseLost;

    /// <summary>Whether <see cref="CheckpointAsync"/> was called and succeeded.</summary>
    internal bool IsCheckpointed { get; private set; }

    /// <summary>
    /// Declares everything that was delivered and returned as done, and writes it. At a shard's end it stands for the end itself. Needed in
    /// <see cref="CheckpointMode.Manual"/> only; the other modes do it after the close. Costs one conditional write to the lease store.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the write may still have happened.</param>
    /// <returns>A task that ends when the store has it.</returns>
    /// <exception cref="InvalidOperationException">The lease is already gone (<see cref="CanCheckpoint"/> is false).</exception>
    /// <exception cref="LeaseLostException">Another worker took the lease meanwhile.</exception>
    public async ValueTask CheckpointAsync(CancellationToken cancellationToken = default)
    {
        if (!CanCheckpoint)
            throw new InvalidOperationException($"The lease of {Shard.ShardId} is gone, so its progress can no longer be written. Look at CanCheckpoint first.");
        if (_checkpoints is not null)
            await _checkpoints.CheckpointDeliveredAsync(cancellationToken).ConfigureAwait(false);
        IsCheckpointed = true;
    }
}
