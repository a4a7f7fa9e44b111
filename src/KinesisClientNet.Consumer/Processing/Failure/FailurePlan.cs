namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>What is done with records that failed.</summary>
internal enum FailurePlan
{
    /// <summary>Deliver them again after a wait.</summary>
    Retry,

    /// <summary>Cut them apart and deliver the parts one after the other, at once.</summary>
    Isolate,

    /// <summary>Give each to the dead letters; go on when it is kept.</summary>
    DeadLetter,

    /// <summary>Offer each to the dead letters once; go on in any case.</summary>
    Skip,

    /// <summary>Stop the shard.</summary>
    StopShard,

    /// <summary>Stop the consumer.</summary>
    StopConsumer,
}
