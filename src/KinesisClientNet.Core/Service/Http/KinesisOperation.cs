namespace KinesisClientNet.Core.Service.Http;

/// <summary>Whose retries an operation follows.</summary>
internal enum RetryClass
{
    /// <summary>Reads that may be repeated at will.</summary>
    Read,

    /// <summary>Reads whose rate another class owns: a throttle goes up to it at once.</summary>
    PacedRead,

    /// <summary>Changes: only what was certainly not applied is repeated.</summary>
    Control,

    /// <summary>Puts: only what was certainly not sent is repeated.</summary>
    Put,

    /// <summary>Subscriptions: the consumer decides when to come again, because the service takes one call a second and holds the slot for five.</summary>
    Subscription,
}

/// <summary>An operation as the wire knows it.</summary>
/// <param name="Name">The API's name.</param>
/// <param name="IsData">Class of its account endpoint: data or control.</param>
/// <param name="Retries">Which errors are repeated.</param>
internal sealed record KinesisOperation(string Name, bool IsData, RetryClass Retries)
{
    public static readonly KinesisOperation PutRecord = new("PutRecord", true, RetryClass.Put);
    public static readonly KinesisOperation PutRecords = new("PutRecords", true, RetryClass.Put);
    public static readonly KinesisOperation GetRecords = new("GetRecords", true, RetryClass.PacedRead);
    public static readonly KinesisOperation GetShardIterator = new("GetShardIterator", true, RetryClass.Read);
    public static readonly KinesisOperation SubscribeToShard = new("SubscribeToShard", true, RetryClass.Subscription);
    public static readonly KinesisOperation ListShards = new("ListShards", false, RetryClass.Read);
    public static readonly KinesisOperation DescribeStream = new("DescribeStream", false, RetryClass.Read);
    public static readonly KinesisOperation DescribeStreamSummary = new("DescribeStreamSummary", false, RetryClass.Read);
    public static readonly KinesisOperation DescribeStreamConsumer = new("DescribeStreamConsumer", false, RetryClass.Read);
    public static readonly KinesisOperation ListStreamConsumers = new("ListStreamConsumers", false, RetryClass.Read);
    public static readonly KinesisOperation RegisterStreamConsumer = new("RegisterStreamConsumer", false, RetryClass.Control);
    public static readonly KinesisOperation DeregisterStreamConsumer = new("DeregisterStreamConsumer", false, RetryClass.Control);
    public static readonly KinesisOperation CreateStream = new("CreateStream", false, RetryClass.Control);
    public static readonly KinesisOperation DeleteStream = new("DeleteStream", false, RetryClass.Control);
    public static readonly KinesisOperation SplitShard = new("SplitShard", false, RetryClass.Control);
    public static readonly KinesisOperation MergeShards = new("MergeShards", false, RetryClass.Control);
    public static readonly KinesisOperation UpdateShardCount = new("UpdateShardCount", false, RetryClass.Control);
    public static readonly KinesisOperation UpdateStreamMode = new("UpdateStreamMode", false, RetryClass.Control);
    public static readonly KinesisOperation IncreaseStreamRetentionPeriod = new("IncreaseStreamRetentionPeriod", false, RetryClass.Control);
    public static readonly KinesisOperation DecreaseStreamRetentionPeriod = new("DecreaseStreamRetentionPeriod", false, RetryClass.Control);

    /// <summary>The <c>X-Amz-Target</c> header.</summary>
    public string Target { get; } = "Kinesis_20131202." + Name;
}
