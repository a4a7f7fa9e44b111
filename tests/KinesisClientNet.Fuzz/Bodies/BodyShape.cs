namespace KinesisClientNet.Fuzz.Bodies;

/// <summary>What a member of an answer holds.</summary>
internal enum BodyKind
{
    Text,
    SequenceNumber,
    HashKey,
    Bytes,
    Time,
    Number,
    Boolean,
    List,
    Object,
}

/// <summary>The shape of a value.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Members">The members of an object.</param>
/// <param name="Item">The shape of a list's items.</param>
internal sealed record BodyShape(BodyKind Kind, IReadOnlyList<(string Name, BodyShape Shape)> Members, BodyShape? Item = null)
{
    private static readonly BodyShape Text = Simple(BodyKind.Text);
    private static readonly BodyShape Number = Simple(BodyKind.Number);
    private static readonly BodyShape Time = Simple(BodyKind.Time);
    private static readonly BodyShape Sequence = Simple(BodyKind.SequenceNumber);
    private static readonly BodyShape HashKeyRange = Object(("StartingHashKey", Simple(BodyKind.HashKey)), ("EndingHashKey", Simple(BodyKind.HashKey)));

    private static readonly BodyShape Shard = Object(
        ("ShardId", Text), ("ParentShardId", Text), ("AdjacentParentShardId", Text), ("HashKeyRange", HashKeyRange),
        ("SequenceNumberRange", Object(("StartingSequenceNumber", Sequence), ("EndingSequenceNumber", Sequence))));

    private static readonly BodyShape ChildShard = Object(("ShardId", Text), ("ParentShards", List(Text)), ("HashKeyRange", HashKeyRange));

    private static readonly BodyShape Consumer = Object(
        ("ConsumerName", Text), ("ConsumerARN", Text), ("ConsumerStatus", Text), ("ConsumerCreationTimestamp", Time), ("StreamARN", Text));

    /// <summary>GetRecords, and the events of SubscribeToShard.</summary>
    internal static readonly BodyShape Records = Object(
        ("Records", List(Object(
            ("SequenceNumber", Sequence), ("ApproximateArrivalTimestamp", Time), ("Data", Simple(BodyKind.Bytes)), ("PartitionKey", Text), ("EncryptionType", Text)))),
        ("NextShardIterator", Text), ("MillisBehindLatest", Number), ("ContinuationSequenceNumber", Sequence), ("ChildShards", List(ChildShard)));

    internal static readonly BodyShape PutRecords = Object(
        ("FailedRecordCount", Number), ("EncryptionType", Text),
        ("Records", List(Object(("SequenceNumber", Sequence), ("ShardId", Text), ("ErrorCode", Text), ("ErrorMessage", Text)))));

    internal static readonly BodyShape PutRecord = Object(("ShardId", Text), ("SequenceNumber", Sequence), ("EncryptionType", Text));

    internal static readonly BodyShape ShardIterator = Object(("ShardIterator", Text));

    internal static readonly BodyShape Shards = Object(("Shards", List(Shard)), ("NextToken", Text));

    internal static readonly BodyShape Consumers = Object(("Consumers", List(Consumer)), ("NextToken", Text));

    internal static readonly BodyShape OneConsumer = Object(("ConsumerDescription", Consumer), ("Consumer", Consumer));

    internal static readonly BodyShape Stream = Object(
        ("StreamDescription", Object(
            ("StreamName", Text), ("StreamARN", Text), ("StreamStatus", Text), ("EncryptionType", Text), ("RecordDistributionStrategy", Text),
            ("StreamModeDetails", Object(("StreamMode", Text))), ("RetentionPeriodHours", Number), ("StreamCreationTimestamp", Time), ("OpenShardCount", Number),
            ("ConsumerCount", Number), ("MaxRecordSizeInKiB", Number), ("HasMoreShards", Simple(BodyKind.Boolean)), ("Shards", List(Shard)))));

    internal static readonly BodyShape Error = Object(("__type", Text), ("message", Text), ("Message", Text), ("code", Text));

    private static BodyShape Simple(BodyKind kind) => new(kind, []);

    private static BodyShape List(BodyShape item) => new(BodyKind.List, [], item);

    private static BodyShape Object(params (string Name, BodyShape Shape)[] members) => new(BodyKind.Object, members);
}
