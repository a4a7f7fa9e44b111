using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Telemetry;

/// <summary>Everything that the producer logs. Ids 2000 to 2999; never payloads, never partition keys.</summary>
internal static partial class ProducerLog
{
    [LoggerMessage(2000, LogLevel.Information, "Producer of stream {Stream} started.")]
    internal static partial void Started(ILogger log, string stream);

    [LoggerMessage(2001, LogLevel.Information, "Producer of stream {Stream} stopped; {Failed} records had no outcome in time and failed.")]
    internal static partial void Stopped(ILogger log, string stream, long failed);

    [LoggerMessage(2002, LogLevel.Information, "Shard map of stream {Stream}: {Shards} open shards; {Added} new lanes, {Retired} retired, {Moved} unsent records moved.")]
    internal static partial void ShardMapChanged(ILogger log, string stream, int shards, int added, int retired, int moved);

    [LoggerMessage(2003, LogLevel.Warning, "ListShards on stream {Stream} is refused ({Code}): records are sent one by one, without aggregation, which costs more calls and shard capacity. Grant kinesis:ListShards. Trying again in five minutes.")]
    internal static partial void ShardMapDenied(ILogger log, string stream, string code, Exception failure);

    [LoggerMessage(2004, LogLevel.Warning, "ListShards on stream {Stream} failed {Failures} times; next try in {Wait}. The last known map is used meanwhile.")]
    internal static partial void ShardMapFailed(ILogger log, string stream, int failures, TimeSpan wait, Exception failure);

    [LoggerMessage(2005, LogLevel.Warning, "The shard listing of stream {Stream} is incomplete: {Problem} Records in the gap are sent one by one until the next reading.")]
    internal static partial void ShardMapIncomplete(ILogger log, string stream, string problem);

    [LoggerMessage(2006, LogLevel.Error, "{Count} records of stream {Stream} failed since the last report; the last one: {Message}")]
    internal static partial void RecordsFailed(ILogger log, long count, string stream, string message);

    [LoggerMessage(2007, LogLevel.Warning, "PutRecords on stream {Stream}: {Calls} calls and {Entries} entries failed since the last report and are tried again; {Records} records wait. The last failure: {Code} {Message}")]
    internal static partial void Retrying(ILogger log, string stream, long calls, long entries, long records, string code, string? message);

    [LoggerMessage(2008, LogLevel.Error, "The callback {Callback} of the producer of stream {Stream} threw; the records' outcome stands.")]
    internal static partial void CallbackFailed(ILogger log, string callback, string stream, Exception failure);

    [LoggerMessage(2009, LogLevel.Critical, "The producer of stream {Stream} met an error of its own and stops; all records fail. Please report it.")]
    internal static partial void Broken(ILogger log, string stream, Exception failure);

    [LoggerMessage(2011, LogLevel.Information, "Stream {Stream} has record distribution {Distribution} and takes records of up to {MaxRecordBytes} bytes; records are routed anew.")]
    internal static partial void StreamSettingsChanged(ILogger log, string stream, string distribution, int maxRecordBytes);

    [LoggerMessage(2012, LogLevel.Warning, "The settings of stream {Stream} cannot be read; record distribution {Distribution} is assumed (AssumeAutoDistribution). Grant kinesis:DescribeStreamSummary.")]
    internal static partial void StreamSettingsUnknown(ILogger log, string stream, string distribution, Exception failure);

    [LoggerMessage(2010, LogLevel.Debug, "{Count} user records of one Kinesis record landed on {Actual} instead of {Predicted}: {Action}.")]
    internal static partial void WrongShard(ILogger log, int count, string actual, string predicted, Settling.SettleAction action);
}
