using KinesisClientNet.Consumer.Processing.Failure;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>Log events of reading, processing and checkpoints: ids 3000 to 3499. The other half of the class has 3500 to 3999.</summary>
internal static partial class ConsumerLog
{
    [LoggerMessage(3000, LogLevel.Error, "Shard {ShardId} of {Stream} is gone: its records left the retention before this application had read them all. Its children start now; raise the stream's retention or add workers.")]
    public static partial void ShardExpired(ILogger logger, string shardId, string stream);

    [LoggerMessage(3001, LogLevel.Information, "Reading {ShardId} works again after {Failures} failure(s).")]
    public static partial void ReadingRecovered(ILogger logger, string shardId, int failures);

    [LoggerMessage(3002, LogLevel.Warning, "Reading {ShardId} failed {Failures} times in a row ({Code}); its data is delayed. It is tried again until it works.")]
    public static partial void ReadingFails(ILogger logger, string shardId, int failures, string code, Exception error);

    [LoggerMessage(3003, LogLevel.Debug, "Reading {ShardId} failed ({Code}); next try in {Wait}.")]
    public static partial void ReadFailed(ILogger logger, string shardId, string code, TimeSpan wait);

    [LoggerMessage(3004, LogLevel.Information, "Shard {ShardId} starts after {Position}, epoch {Epoch}.")]
    public static partial void ShardStarting(ILogger logger, string shardId, string position, long epoch);

    [LoggerMessage(3005, LogLevel.Information, "Shard {ShardId} ends here: {Reason}.")]
    public static partial void ShardEnding(ILogger logger, string shardId, ShardCloseReason reason);

    [LoggerMessage(3006, LogLevel.Error, "Shard {ShardId} is stopped by the failure policy; its lease is kept and its checkpoint stays before the failed records. {Sentence} Mend the handler and restart the worker.")]
    public static partial void ShardStopped(ILogger logger, string shardId, string sentence, Exception? error);

    [LoggerMessage(3007, LogLevel.Error, "The processing of shard {ShardId} failed unexpectedly; it starts again from its checkpoint.")]
    public static partial void ShardCrashed(ILogger logger, string shardId, Exception error);

    [LoggerMessage(3008, LogLevel.Error, "The handler of shard {ShardId} did not return although its token was cancelled; it is left behind. Honour the token, or raise ShutdownTimeout ({Timeout}).")]
    public static partial void HandlerAbandoned(ILogger logger, string shardId, TimeSpan timeout);

    [LoggerMessage(3009, LogLevel.Warning, "Opening the handler of shard {ShardId} failed (attempt {Attempt}); it is tried again, nothing is read meanwhile.")]
    public static partial void OpeningFailed(ILogger logger, string shardId, int attempt, Exception error);

    [LoggerMessage(3010, LogLevel.Warning, "Closing the handler of shard {ShardId} ({Reason}) failed (attempt {Attempt}).")]
    public static partial void ClosingFailed(ILogger logger, string shardId, ShardCloseReason reason, int attempt, Exception error);

    [LoggerMessage(3011, LogLevel.Warning, "Giving up shard {ShardId} ({Reason}) failed; its lease expires and records after {Checkpoint} are delivered again.")]
    public static partial void GivingUpFailed(ILogger logger, string shardId, ShardCloseReason reason, string checkpoint, Exception error);

    [LoggerMessage(3012, LogLevel.Warning, "Marking shard {ShardId} as ended failed (attempt {Attempt}); its children wait, it is tried again.")]
    public static partial void CompletingFailed(ILogger logger, string shardId, int attempt, Exception error);

    [LoggerMessage(3013, LogLevel.Warning, "The handler of shard {ShardId} failed on {Records} record(s) from {Position} on (attempt {Attempt}); plan: {Plan}.")]
    public static partial void HandlerFailed(ILogger logger, string shardId, int records, string position, int attempt, FailurePlan plan, Exception? error);

    [LoggerMessage(3014, LogLevel.Warning, "A record of shard {ShardId} at {Position} was given up ({Action}) after {Attempts} attempt(s).")]
    public static partial void RecordGivenUp(ILogger logger, string shardId, string position, FailureAction action, int attempts, Exception? error);

    [LoggerMessage(3015, LogLevel.Error, "The dead-letter sink failed for the record of shard {ShardId} at {Position} ({Action}). A dead letter is tried again and the shard waits; a skipped record is lost.")]
    public static partial void DeadLetterFailed(ILogger logger, string shardId, string position, FailureAction action, Exception error);

    [LoggerMessage(3016, LogLevel.Error, "More than {MaxKeys} partition keys of shard {ShardId} have dead letters; the later records of further keys are handled although an earlier one is missing.")]
    public static partial void TooManyLostKeys(ILogger logger, string shardId, int maxKeys);

    [LoggerMessage(3017, LogLevel.Warning, "Writing the checkpoint {Position} of lease {LeaseKey} failed; it is repeated until it is accepted. Processing goes on.")]
    public static partial void CheckpointFails(ILogger logger, string leaseKey, string position, Exception error);

    [LoggerMessage(3018, LogLevel.Information, "Consumer {WorkerId} of application {Application} starts on stream {Stream}.")]
    public static partial void ConsumerStarting(ILogger logger, string workerId, string application, string stream);

    [LoggerMessage(3019, LogLevel.Information, "Consumer {WorkerId} has stopped.")]
    public static partial void ConsumerStopped(ILogger logger, string workerId);

    [LoggerMessage(3020, LogLevel.Error, "Consumer {WorkerId} stops because of an error.")]
    public static partial void ConsumerFailed(ILogger logger, string workerId, Exception error);

    [LoggerMessage(3021, LogLevel.Warning, "OnStatusChanged threw for shard {ShardId}; the exception is ignored.")]
    public static partial void StatusCallbackFailed(ILogger logger, string shardId, Exception error);
}
