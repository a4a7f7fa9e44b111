namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>What became of the end of a shard.</summary>
internal enum ShardEndResult
{
    /// <summary>The children have leases and the shard is marked as finished.</summary>
    Completed,

    /// <summary>The shard is one half of a merge and the other half has no lease yet, though its ancestors do. Call again later, with the lease held.</summary>
    WaitsForMergePartner,

    /// <summary>The lease is lost; the next owner will end the shard.</summary>
    LeaseLost,
}
