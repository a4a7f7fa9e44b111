namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>Names in the lease table: those of KCL 3.5, letter for letter.</summary>
internal static class LeaseAttributes
{
    public const string LeaseKey = "leaseKey";
    public const string LeaseOwner = "leaseOwner";
    public const string LeaseCounter = "leaseCounter";
    public const string OwnerSwitches = "ownerSwitchesSinceCheckpoint";
    public const string Checkpoint = "checkpoint";
    public const string CheckpointSubSequenceNumber = "checkpointSubSequenceNumber";
    public const string PendingCheckpoint = "pendingCheckpoint";
    public const string PendingCheckpointSubSequenceNumber = "pendingCheckpointSubSequenceNumber";
    public const string PendingCheckpointState = "pendingCheckpointState";

    /// <summary>A set, in spite of its singular name.</summary>
    public const string ParentShardId = "parentShardId";
    public const string ChildShardIds = "childShardIds";
    public const string StartingHashKey = "startingHashKey";
    public const string EndingHashKey = "endingHashKey";
    public const string ThroughputKBps = "throughputKBps";
    public const string CheckpointOwner = "checkpointOwner";

    /// <summary>Holds the whole stream identifier, in spite of its name.</summary>
    public const string StreamName = "streamName";
    public const string ShardId = "shardId";

    public const string EntityType = "entityType";
    public const string LeaseEntity = "LEASE";
    public const string WorkerEntity = "WORKER_METRIC_STATS";
    public const string LeaderEntity = "LEADER";

    public const string LastUpdateTime = "lut";
    public const string Stats = "sts";
    public const string OperatingRange = "opr";
    public const string SupportCode = "sup";
    public const string SupportLastUpdate = "slu";

    public const string LeaderKey = "Leader";
    public const string OwnerName = "ownerName";
    public const string LeaseDuration = "leaseDuration";
    public const string RecordVersionNumber = "recordVersionNumber";
    public const string IsReleased = "isReleased";

    // Ours, in rows and attributes that KCL skips.
    public const string HeartbeatEntity = "WORKER_HEARTBEAT";
    public const string HeartbeatKeyPrefix = "Heartbeat/";
    public const string WorkerId = "workerId";
    public const string Session = "session";
    public const string Counter = "counter";
    public const string News = "news";
    public const string Renewal = "renewal";
    public const string PerWorkerDuration = "perWorkerDuration";
    public const string PerWorkerFree = "perWorkerFree";
    public const string Deputy = "deputy";
    public const string CannotLead = "cannotLead";
    public const string ListedStreams = "listedStreams";

    public const string OwnerIndex = "LeaseOwnerToLeaseKeyIndex";
}
