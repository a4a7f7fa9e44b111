using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>A stream's state and settings (DescribeStreamSummary). Words such as <c>ACTIVE</c> are kept as the service spells them, so that new ones pass through.</summary>
public sealed record StreamSummary
{
    /// <summary>The stream's name.</summary>
    public required string StreamName { get; init; }

    /// <summary>The stream's ARN.</summary>
    public required string StreamArn { get; init; }

    /// <summary><c>CREATING</c>, <c>ACTIVE</c>, <c>UPDATING</c> or <c>DELETING</c>.</summary>
    public required string StreamStatus { get; init; }

    /// <summary><c>PROVISIONED</c> or <c>ON_DEMAND</c>; null when the service did not say.</summary>
    public string? StreamMode { get; init; }

    /// <summary>How long records are kept, in hours: 24 to 8,760.</summary>
    public int RetentionPeriodHours { get; init; } = 24;

    /// <summary>When this incarnation of the stream was created.</summary>
    public DateTimeOffset StreamCreationTimestamp { get; init; }

    /// <summary><c>NONE</c> or <c>KMS</c>; null when the service did not say.</summary>
    public string? EncryptionType { get; init; }

    /// <summary>How many shards are open.</summary>
    public int OpenShardCount { get; init; }

    /// <summary>How many enhanced fan-out consumers are registered; null when the service did not say.</summary>
    public int? ConsumerCount { get; init; }

    /// <summary>The largest record, data plus key, in KiB: 1,024 to 10,240; null when the service did not say (then 1,024).</summary>
    public int? MaxRecordSizeInKiB { get; init; }

    /// <summary><c>USER_PARTITION_KEY</c> or <c>AUTO</c>; null when the service did not say (then the former).</summary>
    public string? RecordDistributionStrategy { get; init; }
}

/// <summary>A stream with one page of its shards (DescribeStream).</summary>
/// <param name="Summary">State and settings.</param>
/// <param name="Shards">At most 100 shards.</param>
/// <param name="HasMoreShards">True when a further call with the last shard's id as start returns more.</param>
public sealed record StreamDescription(StreamSummary Summary, IReadOnlyList<Shard> Shards, bool HasMoreShards);
