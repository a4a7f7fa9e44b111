namespace KinesisClientNet.Local;

/// <summary>The operations of the service that a fault can be aimed at. Named as the service names them.</summary>
public enum LocalOperation
{
    /// <summary>Every operation.</summary>
    Any = 0,

    /// <summary>PutRecord.</summary>
    PutRecord,

    /// <summary>PutRecords.</summary>
    PutRecords,

    /// <summary>GetRecords.</summary>
    GetRecords,

    /// <summary>GetShardIterator.</summary>
    GetShardIterator,

    /// <summary>SubscribeToShard.</summary>
    SubscribeToShard,

    /// <summary>ListShards.</summary>
    ListShards,

    /// <summary>DescribeStream.</summary>
    DescribeStream,

    /// <summary>DescribeStreamSummary.</summary>
    DescribeStreamSummary,

    /// <summary>RegisterStreamConsumer.</summary>
    RegisterStreamConsumer,

    /// <summary>DescribeStreamConsumer.</summary>
    DescribeStreamConsumer,

    /// <summary>ListStreamConsumers.</summary>
    ListStreamConsumers,

    /// <summary>DeregisterStreamConsumer.</summary>
    DeregisterStreamConsumer,

    /// <summary>CreateStream.</summary>
    CreateStream,

    /// <summary>DeleteStream.</summary>
    DeleteStream,

    /// <summary>SplitShard.</summary>
    SplitShard,

    /// <summary>MergeShards.</summary>
    MergeShards,

    /// <summary>UpdateShardCount.</summary>
    UpdateShardCount,

    /// <summary>UpdateStreamMode.</summary>
    UpdateStreamMode,

    /// <summary>IncreaseStreamRetentionPeriod.</summary>
    IncreaseStreamRetentionPeriod,

    /// <summary>DecreaseStreamRetentionPeriod.</summary>
    DecreaseStreamRetentionPeriod,

    /// <summary>ListStreams, over HTTP.</summary>
    ListStreams,

    /// <summary>DescribeLimits, over HTTP.</summary>
    DescribeLimits,

    /// <summary>DescribeAccountSettings, over HTTP.</summary>
    DescribeAccountSettings,

    /// <summary>UpdateAccountSettings, over HTTP.</summary>
    UpdateAccountSettings,

    /// <summary>AddTagsToStream, over HTTP.</summary>
    AddTagsToStream,

    /// <summary>RemoveTagsFromStream, over HTTP.</summary>
    RemoveTagsFromStream,

    /// <summary>ListTagsForStream, over HTTP.</summary>
    ListTagsForStream,

    /// <summary>TagResource, over HTTP.</summary>
    TagResource,

    /// <summary>UntagResource, over HTTP.</summary>
    UntagResource,

    /// <summary>ListTagsForResource, over HTTP.</summary>
    ListTagsForResource,

    /// <summary>PutResourcePolicy, over HTTP.</summary>
    PutResourcePolicy,

    /// <summary>GetResourcePolicy, over HTTP.</summary>
    GetResourcePolicy,

    /// <summary>DeleteResourcePolicy, over HTTP.</summary>
    DeleteResourcePolicy,

    /// <summary>StartStreamEncryption, over HTTP.</summary>
    StartStreamEncryption,

    /// <summary>StopStreamEncryption, over HTTP.</summary>
    StopStreamEncryption,

    /// <summary>EnableEnhancedMonitoring, over HTTP.</summary>
    EnableEnhancedMonitoring,

    /// <summary>DisableEnhancedMonitoring, over HTTP.</summary>
    DisableEnhancedMonitoring,

    /// <summary>UpdateMaxRecordSize, over HTTP.</summary>
    UpdateMaxRecordSize,

    /// <summary>UpdateStreamRecordDistributionStrategy, over HTTP.</summary>
    UpdateStreamRecordDistributionStrategy,

    /// <summary>UpdateStreamWarmThroughput, over HTTP.</summary>
    UpdateStreamWarmThroughput,
}
