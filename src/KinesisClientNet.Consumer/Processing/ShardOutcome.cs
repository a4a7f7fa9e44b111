namespace KinesisClientNet.Consumer.Processing;

/// <summary>How a worker's life ended.</summary>
internal enum ShardOutcome
{
    /// <summary>As it should: shard ended, lease lost, handed over or given up.</summary>
    Over,

    /// <summary>User code did not come back in time; the lease is left to expire.</summary>
    Abandoned,

    /// <summary>The failure policy stopped the shard; the lease is kept.</summary>
    Stopped,

    /// <summary>The failure policy stops the consumer.</summary>
    StopsConsumer,

    /// <summary>An unexpected error of ours; the lease is kept and the shard starts again from its checkpoint.</summary>
    Crashed,
}
