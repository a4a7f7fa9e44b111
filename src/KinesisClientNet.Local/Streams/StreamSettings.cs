using System.Text.Json.Serialization;

namespace KinesisClientNet.Local.Streams;

/// <summary>What may be changed about a stream. Immutable; the stream swaps it as a whole.</summary>
internal sealed record StreamSettings
{
    public const string Provisioned = "PROVISIONED";
    public const string OnDemand = "ON_DEMAND";
    public const string ByPartitionKey = "USER_PARTITION_KEY";
    public const string Auto = "AUTO";
    public const string NotEncrypted = "NONE";
    public const string Kms = "KMS";
    public const int MinRetentionHours = 24;
    public const int MaxRetentionHours = 8760;
    public const int MinRecordKiB = 1024;
    public const int MaxRecordKiB = 10_240;

    public string Mode { get; init; } = Provisioned;

    public int RetentionHours { get; init; } = MinRetentionHours;

    public int MaxRecordSizeInKiB { get; init; } = MinRecordKiB;

    public string EncryptionType { get; init; } = NotEncrypted;

    public string? KeyId { get; init; }

    /// <summary>Throughput kept ready in On-demand Advantage; null when none was asked for.</summary>
    public int? WarmThroughputMiBps { get; init; }

    /// <summary>The shard-level metrics of enhanced monitoring, by name.</summary>
    public IReadOnlyList<string> ShardLevelMetrics { get; init; } = [];

    public string RecordDistribution { get; init; } = ByPartitionKey;

    [JsonIgnore]
    public bool IsProvisioned => Mode == Provisioned;

    [JsonIgnore]
    public bool IsAuto => RecordDistribution == Auto;
}
