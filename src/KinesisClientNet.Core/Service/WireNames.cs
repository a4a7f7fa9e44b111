namespace KinesisClientNet.Core.Service;

/// <summary>How the service spells our enumerations.</summary>
internal static class WireNames
{
    public static string Of(StartingPositionType type) => type switch
    {
        StartingPositionType.TrimHorizon => "TRIM_HORIZON",
        StartingPositionType.Latest => "LATEST",
        StartingPositionType.AtSequenceNumber => "AT_SEQUENCE_NUMBER",
        StartingPositionType.AfterSequenceNumber => "AFTER_SEQUENCE_NUMBER",
        StartingPositionType.AtTimestamp => "AT_TIMESTAMP",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a starting position."),
    };

    public static string Of(ShardFilterType type) => type switch
    {
        ShardFilterType.AfterShardId => "AFTER_SHARD_ID",
        ShardFilterType.AtTrimHorizon => "AT_TRIM_HORIZON",
        ShardFilterType.FromTrimHorizon => "FROM_TRIM_HORIZON",
        ShardFilterType.AtLatest => "AT_LATEST",
        ShardFilterType.AtTimestamp => "AT_TIMESTAMP",
        ShardFilterType.FromTimestamp => "FROM_TIMESTAMP",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a shard filter."),
    };
}
