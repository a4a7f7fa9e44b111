namespace KinesisClientNet.Core.Telemetry;

/// <summary>
/// Attribute, operation and instrument names: OpenTelemetry's messaging conventions (in development) where they have a word, our own
/// <c>kinesis.</c> names where they have none. Kept here so that producer and consumer spell them alike.
/// </summary>
internal static class SemanticNames
{
    /// <summary>No registered value exists for Kinesis; in line with the registry's <c>aws.sns</c>.</summary>
    public const string MessagingSystemValue = "aws.kinesis";

    public const string MessagingSystem = "messaging.system";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string DestinationName = "messaging.destination.name";
    public const string DestinationPartitionId = "messaging.destination.partition.id";
    public const string ConsumerGroupName = "messaging.consumer.group.name";
    public const string BatchMessageCount = "messaging.batch.message_count";
    public const string StreamName = "aws.kinesis.stream_name";
    public const string RequestId = "aws.request_id";
    public const string ErrorType = "error.type";

    /// <summary>Whether a checkpoint was written, or refused because the lease has another owner.</summary>
    public const string CheckpointAccepted = "kinesis.checkpoint.accepted";

    /// <summary>What became of a record that was given up: DeadLetter or Skip.</summary>
    public const string FailureAction = "kinesis.failure.action";

    /// <summary>Whether a record outside its shard's range was dropped, which only an option does.</summary>
    public const string RecordDropped = "kinesis.record.dropped";

    public const string PutRecords = "put_records";
    public const string GetRecords = "get_records";
    public const string SubscribeToShard = "subscribe_to_shard";
    public const string Process = "process";

    public const string Send = "send";
    public const string Receive = "receive";

    public const string OperationDuration = "messaging.client.operation.duration";
    public const string SentMessages = "messaging.client.sent.messages";
    public const string ConsumedMessages = "messaging.client.consumed.messages";
    public const string ProcessDuration = "messaging.process.duration";

    /// <summary>The conventions' bucket bounds for durations, in seconds.</summary>
    public static readonly IReadOnlyList<double> DurationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
}
