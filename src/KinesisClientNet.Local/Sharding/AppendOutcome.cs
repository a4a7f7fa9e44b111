namespace KinesisClientNet.Local.Sharding;

/// <summary>What a shard did with a record.</summary>
internal enum AppendOutcome
{
    Appended = 0,

    /// <summary>The shard was closed meanwhile: route again.</summary>
    Closed,

    /// <summary>The shard's budget is exceeded.</summary>
    Throttled,
}
