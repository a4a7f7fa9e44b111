using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local;

/// <summary>What a stream of a <see cref="LocalKinesis"/> is when it is added. Read once; the service's operations change it later.</summary>
public sealed class LocalStreamOptions
{
    /// <summary>Open shards of a provisioned stream; null for an on-demand one, which starts with four and splits busy shards by itself.</summary>
    /// <value>Null, or 1 or more; default 1.</value>
    public int? ShardCount { get; set; } = 1;

    /// <summary>The largest record, data plus key.</summary>
    /// <value>1,024 to 10,240 KiB; default 1,024.</value>
    public int MaxRecordSizeInKiB { get; set; } = StreamSettings.MinRecordKiB;

    /// <summary>How long records are kept.</summary>
    /// <value>24 to 8,760 hours; default 24.</value>
    public int RetentionPeriodHours { get; set; } = StreamSettings.MinRetentionHours;

    /// <summary>Whether the service places records where it likes (record distribution AUTO): keys do not count, records may have none. On-demand streams only.</summary>
    /// <value>Default false.</value>
    public bool IsAutoDistributed { get; set; }

    /// <summary>The KMS key that the stream claims to be encrypted with: records and answers then say <c>KMS</c>. Nothing is really encrypted.</summary>
    /// <value>Null for none; default null.</value>
    public string? KeyId { get; set; }

    /// <summary>The settings of the stream, checked as the service's operations check them.</summary>
    internal StreamSettings ToSettings()
    {
        if (ShardCount is { } count)
            Shapes.Range(count, "shardCount", 1, int.MaxValue);
        if (IsAutoDistributed && ShardCount is not null)
        {
            throw ServiceRefusal.Validation(
                "LocalStreamOptions.IsAutoDistributed needs an on-demand stream: set ShardCount to null.");
        }

        return new()
        {
            Mode = ShardCount is null ? StreamSettings.OnDemand : StreamSettings.Provisioned,
            MaxRecordSizeInKiB = Shapes.Range(MaxRecordSizeInKiB, "maxRecordSizeInKiB", StreamSettings.MinRecordKiB, StreamSettings.MaxRecordKiB),
            RetentionHours = Shapes.Range(RetentionPeriodHours, "retentionPeriodHours", StreamSettings.MinRetentionHours, StreamSettings.MaxRetentionHours),
            RecordDistribution = IsAutoDistributed ? StreamSettings.Auto : StreamSettings.ByPartitionKey,
            EncryptionType = KeyId is null ? StreamSettings.NotEncrypted : StreamSettings.Kms,
            KeyId = KeyId,
        };
    }
}
