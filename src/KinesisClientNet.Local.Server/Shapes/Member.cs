namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>The member shapes that operations share, with the constraints of the service's model (kinesis-service reference §3.2).</summary>
internal static class Member
{
    /// <summary>The longest ARN and key id of the model.</summary>
    private const int LongestArn = 2048;

    public static MemberRule StreamName { get; } = Named("StreamName");

    public static MemberRule ConsumerName { get; } = Named("ConsumerName");

    public static MemberRule StreamArn { get; } = Arn("StreamARN", TextPattern.StreamArn);

    public static MemberRule ConsumerArn { get; } = Arn("ConsumerARN", TextPattern.ConsumerArn);

    public static MemberRule ResourceArn { get; } = Arn("ResourceARN", TextPattern.ResourceArn);

    public static MemberRule ShardId { get; } = Named("ShardId");

    public static MemberRule NextToken { get; } = Text("NextToken", 1, 1_048_576);

    public static MemberRule DryRun { get; } = new("DryRun", MemberKind.Boolean);

    public static MemberRule Tags { get; } = new("Tags", MemberKind.TextMap) { Least = 1, Most = 200 };

    public static MemberRule TagKeys { get; } = new("TagKeys", MemberKind.List) { Least = 1, Most = 50, Element = Text("TagKey", 1, 128) };

    public static MemberRule Retention { get; } = new MemberRule("RetentionPeriodHours", MemberKind.Integer).Required();

    public static MemberRule StreamModeDetails { get; } = new("StreamModeDetails", MemberKind.Structure)
    {
        Members = [Enumeration("StreamMode", "PROVISIONED", "ON_DEMAND").Required()],
    };

    public static MemberRule StreamCreationTimestamp { get; } = Time("StreamCreationTimestamp");

    private static readonly string[] PositionTypes = ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"];

    public static MemberRule ShardIteratorType { get; } = Enumeration("ShardIteratorType", PositionTypes).Required();

    public static MemberRule StartingPosition { get; } = new MemberRule("StartingPosition", MemberKind.Structure)
    {
        Members = [Enumeration("Type", PositionTypes).Required(), SequenceNumber("SequenceNumber"), Time("Timestamp")],
    }.Required();

    public static MemberRule ShardFilter { get; } = new("ShardFilter", MemberKind.Structure)
    {
        Members =
        [
            Enumeration("Type", "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP").Required(),
            ShardId,
            Time("Timestamp"),
        ],
    };

    public static MemberRule ShardLevelMetrics { get; } = new MemberRule("ShardLevelMetrics", MemberKind.List)
    {
        Least = 1,
        Most = 7,
        Element = Enumeration(
            "MetricName", "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
            "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds", "ALL"),
    }.Required();

    public static MemberRule EncryptionType { get; } = Enumeration("EncryptionType", "NONE", "KMS").Required();

    public static MemberRule KeyId { get; } = Text("KeyId", 1, LongestArn).Required();

    public static MemberRule Text(string name, int shortest, int longest) => new(name, MemberKind.Text) { Least = shortest, Most = longest };

    public static MemberRule Named(string name) => Text(name, 1, 128) with { Pattern = TextPattern.Name };

    public static MemberRule SequenceNumber(string name) => new(name, MemberKind.Text) { Pattern = TextPattern.SequenceNumber };

    public static MemberRule HashKey(string name) => new(name, MemberKind.Text) { Pattern = TextPattern.HashKey };

    public static MemberRule Integer(string name, long? least = null, long? most = null) => new(name, MemberKind.Integer) { Least = least, Most = most };

    public static MemberRule Time(string name) => new(name, MemberKind.Timestamp);

    /// <summary>1 to 10,000: the range of every page size of the model but that of tags.</summary>
    public static MemberRule PageSize(string name) => Integer(name, 1, 10_000);

    public static MemberRule Enumeration(string name, params string[] values) => new(name, MemberKind.Text) { Values = values };

    private static MemberRule Arn(string name, TextPattern pattern) => Text(name, 1, LongestArn) with { Pattern = pattern };
}
