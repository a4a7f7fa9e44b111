using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Persistence;

/// <summary>What the data directory logs; Local's range is 5000 to 5499.</summary>
internal static partial class PersistenceLog
{
    [LoggerMessage(5000, LogLevel.Information, "Local Kinesis read {Streams} streams with {Records} records back from {DataDirectory}.")]
    public static partial void Restored(this ILogger log, int streams, long records, string dataDirectory);

    [LoggerMessage(5001, LogLevel.Warning, "{File} ends with an entry that is not whole, from offset {Offset} on: {Bytes} bytes were cut off. The process ended while it wrote them, before it answered the call.")]
    public static partial void UnfinishedEntryCut(this ILogger log, string file, long offset, long bytes);

    [LoggerMessage(5003, LogLevel.Warning, "Local Kinesis could not replace {File} by a snapshot; its data directory grows until that works.")]
    public static partial void CompactionFailed(this ILogger log, Exception exception, string file);

    [LoggerMessage(5002, LogLevel.Debug, "Local Kinesis wrote {File}, {Bytes} bytes, and deleted what it replaces.")]
    public static partial void Compacted(this ILogger log, string file, long bytes);
}
