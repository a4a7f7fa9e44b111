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
}
