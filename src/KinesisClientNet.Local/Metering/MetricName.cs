namespace KinesisClientNet.Local.Metering;

/// <summary>CloudWatch's metrics of a stream, a consumer or a shard (Kinesis developer guide, "Monitoring with CloudWatch"). Deprecated names are left out.</summary>
internal enum MetricName
{
    IncomingBytes = 0,
    IncomingRecords,
    OutgoingBytes,
    OutgoingRecords,
    IteratorAgeMilliseconds,
    ReadProvisionedThroughputExceeded,
    WriteProvisionedThroughputExceeded,
    PutRecordBytes,
    PutRecordLatency,
    PutRecordSuccess,
    PutRecordsBytes,
    PutRecordsLatency,
    PutRecordsSuccess,
    PutRecordsTotalRecords,
    PutRecordsSuccessfulRecords,
    PutRecordsFailedRecords,
    PutRecordsThrottledRecords,
    GetRecordsBytes,
    GetRecordsRecords,
    GetRecordsLatency,
    GetRecordsSuccess,
    GetRecordsIteratorAgeMilliseconds,
    SubscribeToShardSuccess,
    SubscribeToShardRateExceeded,
    SubscribeToShardEventBytes,
    SubscribeToShardEventRecords,
    SubscribeToShardEventMillisBehindLatest,
    SubscribeToShardEventSuccess,
}

/// <summary>The names as CloudWatch spells them: the operation's before a dot.</summary>
internal static class MetricNames
{
    // Longer operations first: PutRecords begins with PutRecord.
    private static readonly string[] Operations = ["SubscribeToShardEvent", "SubscribeToShard", "GetRecords", "PutRecords", "PutRecord"];

    private static readonly string[] Texts = [.. Enum.GetNames<MetricName>().Select(static name =>
        Operations.FirstOrDefault(operation => name.StartsWith(operation, StringComparison.Ordinal)) is { } operation
            ? $"{operation}.{name[operation.Length..]}"
            : name)];

    /// <summary>The shard-level metrics, in the order in which the service lists them.</summary>
    public static readonly IReadOnlyList<string> ShardLevel =
    [
        .. Enum.GetValues<MetricName>().Where(static name => name <= MetricName.WriteProvisionedThroughputExceeded).Select(TextOf).Order(StringComparer.Ordinal),
    ];

    public static int Count => Texts.Length;

    public static string TextOf(MetricName name) => Texts[(int)name];

    public static MetricName Parse(string text)
    {
        var at = Array.IndexOf(Texts, text);
        return at >= 0
            ? (MetricName)at
            : throw new ArgumentException($"'{text}' is no metric of AWS/Kinesis; there are {string.Join(", ", Texts)}.", nameof(text));
    }
}
