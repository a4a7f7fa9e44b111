namespace KinesisClientNet.Consumer;

/// <summary>Why a shard's processing ends.</summary>
public enum ShardCloseReason
{
    /// <summary>The shard was closed by a reshard and all its records are done. The children start when this close is done.</summary>
    ShardEnded = 0,

    /// <summary>Another worker has the lease, or it expired here. Nothing can be checkpointed any more.</summary>
    LeaseLost,

    /// <summary>The fleet moves the shard to another worker; the lease is still held and is given up after the close.</summary>
    Handover,

    /// <summary>The consumer stops.</summary>
    Stopping,

    /// <summary>The failure policy stopped the shard or the consumer.</summary>
    Failed,
}
