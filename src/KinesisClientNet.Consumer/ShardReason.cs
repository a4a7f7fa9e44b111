namespace KinesisClientNet.Consumer;

/// <summary>Why a shard stands where it stands.</summary>
public enum ShardReason
{
    /// <summary>Everything is read and handled; new records are awaited.</summary>
    CaughtUp = 0,

    /// <summary>Records are being read and handled, and there are more.</summary>
    CatchingUp,

    /// <summary>The handler is running.</summary>
    HandlerRunning,

    /// <summary>The handler failed; the records are delivered again after a wait.</summary>
    RetryingRecords,

    /// <summary>The dead-letter sink failed; it is tried again after a wait.</summary>
    RetryingDeadLetter,

    /// <summary>Records of one or more partition keys wait after a failure; other keys go on.</summary>
    KeysParked,

    /// <summary>A parent shard is not finished yet.</summary>
    WaitingForParent,

    /// <summary>The handler is being opened.</summary>
    Opening,

    /// <summary>Opening the handler failed; it is tried again after a wait.</summary>
    OpeningFailed,

    /// <summary>Kinesis refuses reads because the shard's read rate is exceeded, by all applications together.</summary>
    ThrottledByKinesis,

    /// <summary>Reads fail for another reason; they are tried again after a wait.</summary>
    ReadFailing,

    /// <summary>The shard's share of fetched records is full: the handler is slower than the reader.</summary>
    Backpressure,

    /// <summary>Writing checkpoints fails; processing goes on, a crash would repeat more.</summary>
    CheckpointFailing,

    /// <summary>The application has taken in as many records as it may without a checkpoint of its own.</summary>
    WaitingForCheckpoint,

    /// <summary>The application paused it.</summary>
    Paused,

    /// <summary>The configured rate of records a second is reached.</summary>
    RateLimited,

    /// <summary>The shard is read to its end; the other half of a merge is awaited.</summary>
    WaitingForMergePartner,

    /// <summary>Running batches are finished before the shard is given up.</summary>
    Draining,

    /// <summary>The handler is being closed.</summary>
    Closing,

    /// <summary>Closing the handler at the shard's end failed; it is tried again after a wait.</summary>
    ClosingFailed,

    /// <summary>The failure policy stopped the shard; a restart of the worker tries again.</summary>
    StoppedByFailure,

    /// <summary>This worker does not hold the shard's lease.</summary>
    NoLease,

    /// <summary>Every record of the shard is done and its children may start.</summary>
    Ended,

    /// <summary>An unexpected error ended the shard's processing; it starts again from its checkpoint after a wait.</summary>
    Restarting,

    /// <summary>The dead-letter sink has a record and has not returned yet.</summary>
    WritingDeadLetter,

    /// <summary>All handler calls that <see cref="ProcessingOptions.MaxConcurrentHandlers"/> allows are taken by other batches.</summary>
    HandlerLimitReached,

    /// <summary>The lease store refuses checkpoints because its write rate is exceeded; processing goes on, a crash would repeat more.</summary>
    ThrottledByDynamoDb,
}
