using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Sharding;

/// <summary>A run of records of a shard, and what lies behind it.</summary>
/// <param name="Records">The records, in sequence order.</param>
/// <param name="NextCounter">Where the next read goes on.</param>
/// <param name="HasMore">Unread records remain.</param>
/// <param name="Bytes">Data and keys of the records.</param>
/// <param name="Tip">Arrival of the last record read, or of the first unread one.</param>
/// <param name="IsAtEnd">The shard is closed and everything is handed out.</param>
internal readonly record struct ShardSlice(
    IReadOnlyList<KinesisRecord> Records, long NextCounter, bool HasMore, long Bytes, DateTimeOffset Tip, bool IsAtEnd)
{
    /// <summary>0 when nothing unread remains, else the age of the last record read, at least 1.</summary>
    public long MillisBehindLatest(DateTimeOffset now) => HasMore ? Math.Max(1, (long)(now - Tip).TotalMilliseconds) : 0;
}
