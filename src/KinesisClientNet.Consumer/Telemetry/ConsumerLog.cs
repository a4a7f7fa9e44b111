using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>The consumer's log events: reading, processing and checkpoints 3000 to 3499, leasing and shard sync 3500 to 3999.</summary>
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

    [LoggerMessage(3014, LogLevel.Warning, "A record of shard {ShardId} at {Position} was given up ({Action}, {Reason}) after {Attempts} attempt(s).")]
    public static partial void RecordGivenUp(ILogger logger, string shardId, string position, FailureAction action, DeadLetterReason reason, int attempts, Exception? error);

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

    [LoggerMessage(3022, LogLevel.Warning, "The handler of shard {ShardId} runs for {Running}; the shard does not move until it returns (Processing.HandlerWarningAfter).")]
    public static partial void HandlerSlow(ILogger logger, string shardId, TimeSpan running);

    [LoggerMessage(3023, LogLevel.Debug, "{Records} user record(s) of shard {ShardId} came inside aggregates although their keys belong to other shards; they are delivered.")]
    public static partial void RecordsOutOfRange(ILogger logger, string shardId, long records);

    [LoggerMessage(3024, LogLevel.Warning, "{Records} user record(s) of shard {ShardId} were dropped with their aggregates, because Retrieval.DropsOutOfRangeAggregates is set and a key belongs to another shard.")]
    public static partial void RecordsDropped(ILogger logger, string shardId, long records);

    [LoggerMessage(3025, LogLevel.Error, "Shard {ShardId} no longer has the record of its checkpoint {Position}: it left the stream's retention, perhaps with later ones that were never read. Raise the retention or the number of workers.")]
    public static partial void StartMissing(ILogger logger, string shardId, string position);

    [LoggerMessage(3026, LogLevel.Debug, "The handler of shard {ShardId} failed again on {Records} record(s) from {Position} on (attempt {Attempt}); plan: {Plan}.")]
    public static partial void HandlerFailedAgain(ILogger logger, string shardId, int records, string position, int attempt, FailurePlan plan, Exception? error);

    [LoggerMessage(3027, LogLevel.Warning, "In the last {Seconds:0} s the handler of shard {ShardId} failed {Failures} more time(s), at most {Attempts} time(s) on the same records, newest at {Position}; {GivenUp} more record(s) were given up.")]
    public static partial void FailuresContinue(ILogger logger, double seconds, string shardId, int failures, int attempts, string position, int givenUp, Exception? error);

    [LoggerMessage(3028, LogLevel.Debug, "Another record of shard {ShardId} at {Position} was given up ({Action}, {Reason}) after {Attempts} attempt(s).")]
    public static partial void RecordGivenUpAgain(ILogger logger, string shardId, string position, FailureAction action, DeadLetterReason reason, int attempts, Exception? error);

    [LoggerMessage(3100, LogLevel.Debug, "Subscribed to {ShardId}, position {Position}.")]
    public static partial void SubscriptionOpened(ILogger logger, string shardId, StartingPositionType position);

    [LoggerMessage(3101, LogLevel.Information, "Enhanced fan-out consumer {Consumer} was registered with stream {Stream}; AWS charges for it until it is deregistered.")]
    public static partial void FanOutRegistered(ILogger logger, string consumer, string stream);

    [LoggerMessage(3102, LogLevel.Information, "Enhanced fan-out consumer {Consumer} of stream {Stream} was deregistered.")]
    public static partial void FanOutDeregistered(ILogger logger, string consumer, string stream);

    [LoggerMessage(3103, LogLevel.Warning, "Enhanced fan-out consumer {Consumer} of stream {Stream} could not be deregistered; AWS charges for it until somebody does.")]
    public static partial void FanOutDeregisterFailed(ILogger logger, string consumer, string stream, Exception error);

    [LoggerMessage(3104, LogLevel.Warning, "Subscribing to {ShardId} keeps failing ({Code}); it is polled, enhanced fan-out is tried again in {ReturnAfter}.")]
    public static partial void FanOutFallsBack(ILogger logger, string shardId, string code, TimeSpan returnAfter, Exception error);

    [LoggerMessage(3105, LogLevel.Information, "Shard {ShardId} is read by enhanced fan-out again.")]
    public static partial void FanOutReturns(ILogger logger, string shardId);

    [LoggerMessage(3106, LogLevel.Debug, "Subscribing to {ShardId} still fails ({Code}); it is polled further.")]
    public static partial void FanOutStillFails(ILogger logger, string shardId, string code);

    [LoggerMessage(3500, LogLevel.Information, "Worker {WorkerId} holds lease {LeaseKey}, epoch {Epoch}, checkpoint {Checkpoint}.")]
    public static partial void LeaseTaken(ILogger logger, string workerId, string leaseKey, long epoch, string checkpoint);

    [LoggerMessage(3501, LogLevel.Information, "Worker {WorkerId} no longer holds lease {LeaseKey} ({Reason}); owner now: {NewOwner}.")]
    public static partial void LeaseEnded(ILogger logger, string workerId, string leaseKey, LeaseLossReason reason, string newOwner);

    [LoggerMessage(3502, LogLevel.Warning, "Worker {WorkerId} lost lease {LeaseKey}: {Sentence} Owner now: {NewOwner}.")]
    public static partial void LeaseLost(ILogger logger, string workerId, string leaseKey, string sentence, string newOwner);

    [LoggerMessage(3503, LogLevel.Warning, "Renewing lease {LeaseKey} failed; last proof of life {SinceProof} ago, it is tried again.")]
    public static partial void RenewalFailed(ILogger logger, string leaseKey, TimeSpan sinceProof, Exception error);

    [LoggerMessage(3504, LogLevel.Warning, "The loop '{Loop}' failed {Failures} time(s) in a row; it goes on after {Delay}.")]
    public static partial void LoopFailed(ILogger logger, string loop, int failures, TimeSpan delay, Exception error);

    [LoggerMessage(3505, LogLevel.Warning, "Releasing lease {LeaseKey} failed; it expires after {Duration} and is then given to another worker.")]
    public static partial void ReleaseFailed(ILogger logger, string leaseKey, TimeSpan duration, Exception error);

    [LoggerMessage(3506, LogLevel.Information, "Worker {WorkerId} leads now; before it: {Before}.")]
    public static partial void LeadershipTaken(ILogger logger, string workerId, string before);

    [LoggerMessage(3507, LogLevel.Information, "Worker {WorkerId} no longer leads: {Reason}.")]
    public static partial void LeadershipEnded(ILogger logger, string workerId, string reason);

    [LoggerMessage(3508, LogLevel.Warning, "Giving up the leader lock failed; it is free after {Duration}.")]
    public static partial void ResignationFailed(ILogger logger, TimeSpan duration, Exception error);

    [LoggerMessage(3509, LogLevel.Debug, "Lease {LeaseKey} goes from {From} to {To} ({Kind}).")]
    public static partial void LeaseMoved(ILogger logger, string leaseKey, string from, string to, LeaseMoveKind kind);

    [LoggerMessage(3510, LogLevel.Debug, "Lease {LeaseKey} did not go from {From} to {To} ({Kind}): its row has changed in between.")]
    public static partial void MoveRefused(ILogger logger, string leaseKey, string from, string to, LeaseMoveKind kind);

    [LoggerMessage(3511, LogLevel.Warning, "{Leases} lease(s) have no worker: {Workers} active worker(s) with at most {MaxLeases} lease(s) and {MaxThroughputKBps} KiB/s each (empty = no limit). Start more workers, or raise Leases.MaxLeases or Leases.MaxThroughputKBps.")]
    public static partial void LeasesUnassigned(ILogger logger, int leases, int workers, int maxLeases, double? maxThroughputKBps);

    [LoggerMessage(3512, LogLevel.Warning, "The leases of stream {Stream} could not be brought in step with its shards; it is tried again with the next plan.")]
    public static partial void StreamSyncFailed(ILogger logger, string stream, Exception error);

    [LoggerMessage(3513, LogLevel.Warning, "No lease of stream {Stream} covers the hash keys {Hole} (seen {Sightings} times): the shards are listed and missing leases are created.")]
    public static partial void HashRangeHoleFound(ILogger logger, string stream, string hole, int sightings);

    [LoggerMessage(3514, LogLevel.Information, "{Leases} lease(s) of stream {Stream} were created, starting at {Position}.")]
    public static partial void LeasesCreated(ILogger logger, int leases, string stream, string position);

    [LoggerMessage(3515, LogLevel.Information, "Lease {LeaseKey} of a finished shard was deleted; its children are being read.")]
    public static partial void LeaseCleanedUp(ILogger logger, string leaseKey);

    [LoggerMessage(3516, LogLevel.Warning, "The report of worker {WorkerId} could not be withdrawn; the leader may give it leases for up to {Limit} more.")]
    public static partial void WithdrawalFailed(ILogger logger, string workerId, TimeSpan limit, Exception error);

    [LoggerMessage(3517, LogLevel.Information, "Lease table {Table} was created.")]
    public static partial void LeaseTableCreated(ILogger logger, string table);

    [LoggerMessage(3518, LogLevel.Information, "Index {Index} is being added to lease table {Table}; waiting for it for at most {Limit}.")]
    public static partial void LeaseIndexAdded(ILogger logger, string index, string table, TimeSpan limit);

    [LoggerMessage(3519, LogLevel.Warning, "{Rows} row(s) of lease table {Table} look like leases but cannot be read; they are left alone. Look for rows without checkpoint or leaseCounter.")]
    public static partial void UnreadableLeases(ILogger logger, int rows, string table);

    [LoggerMessage(3520, LogLevel.Information, "Worker {WorkerId} is stopping: {Named} of its {Leases} lease(s) have a successor; it goes on for {Notice} until they stand ready.")]
    public static partial void DepartureAnnounced(ILogger logger, string workerId, int named, int leases, TimeSpan notice);

    [LoggerMessage(3521, LogLevel.Warning, "Naming successors for the leases of worker {WorkerId} failed; they are released without, and the leader gives them out.")]
    public static partial void DepartureFailed(ILogger logger, string workerId, Exception error);

    [LoggerMessage(3530, LogLevel.Warning, "The CPU utilisation of worker {WorkerId} cannot be measured (Leases.CpuUtilization threw); the leader balances by the weight of its leases meanwhile.")]
    public static partial void CpuUnknown(ILogger logger, string workerId, Exception error);

    [LoggerMessage(3531, LogLevel.Error, "Stream {Stream} was deleted and created again: {Leases} lease(s) hold positions of the former stream. They are made anew and the stream is read from its oldest record (or from StartTimestamp). Records of the former stream that were not read are gone with it.")]
    public static partial void StreamCreatedAgain(ILogger logger, string stream, int leases);

    [LoggerMessage(3552, LogLevel.Information, "Worker {WorkerId} watches the lease table for {Limit} before it switches it to Leases.Renewal = {Renewal}; nobody else may work meanwhile.")]
    public static partial void RenewalSwitchWatches(ILogger logger, string workerId, LeaseRenewal renewal, TimeSpan limit);

    [LoggerMessage(3553, LogLevel.Information, "Worker {WorkerId} has switched the lease table from Leases.Renewal = {From} to {To}. Leases.SwitchRenewal may be removed from the settings.")]
    public static partial void RenewalSwitched(ILogger logger, string workerId, LeaseRenewal from, LeaseRenewal to);

    [LoggerMessage(3532, LogLevel.Warning, "{Worker} could not be told of a change of leases; it finds out by itself within {Limit}.")]
    public static partial void NewsLost(ILogger logger, string worker, TimeSpan limit, Exception error);

    [LoggerMessage(3533, LogLevel.Warning, "The heartbeat of worker {WorkerId} failed; its leases are kept until they expire, the next try follows at once.")]
    public static partial void HeartbeatFailed(ILogger logger, string workerId, Exception error);

    [LoggerMessage(3534, LogLevel.Warning, "The heartbeat of worker {WorkerId} was refused, so it gives up every lease and claims anew what is still its own: {Why}")]
    public static partial void HeartbeatLost(ILogger logger, string workerId, string why);

    [LoggerMessage(3535, LogLevel.Warning, "Worker {WorkerId} shows no life; its heartbeat is removed and its {Leases} lease(s) are given to others.")]
    public static partial void WorkerBuried(ILogger logger, string workerId, int leases);

    [LoggerMessage(3540, LogLevel.Warning, "Stream {Stream} cannot be looked up; it is not read until that works, the next try is in {Delay}.")]
    public static partial void StreamNotFound(ILogger logger, string stream, TimeSpan delay, Exception error);

    [LoggerMessage(3541, LogLevel.Warning, "Stream {Stream} was deleted and created again: {Old} is now {New}, which is read from its beginning.")]
    public static partial void StreamRecreated(ILogger logger, string stream, string old, string @new);

    [LoggerMessage(3542, LogLevel.Warning, "No worker lists stream {Stream}, which has {Leases} lease(s). It is read on until they are deleted after {Grace} (Leases.FormerStreamGrace; empty = never). List it on every worker to keep it.")]
    public static partial void StreamIsFormer(ILogger logger, string stream, int leases, TimeSpan? grace);

    [LoggerMessage(3543, LogLevel.Warning, "The leases of the former stream {Stream} were deleted; it is not read any more.")]
    public static partial void FormerStreamDeleted(ILogger logger, string stream);

    [LoggerMessage(3544, LogLevel.Information, "Stream {Stream} was added as {StreamId}.")]
    public static partial void StreamAdded(ILogger logger, string stream, string streamId);

    [LoggerMessage(3545, LogLevel.Information, "Stream {Stream} is not listed by this worker any more.")]
    public static partial void StreamRemoved(ILogger logger, string stream);

    [LoggerMessage(3546, LogLevel.Warning, "Stream {Stream} has leases as {StreamId}: the creation time in it is not the stream's own, yet they fit its shards, so an application of KCL was given that time. They are kept and read on. Set CreationEpoch of the stream in Streams to the last number of it.")]
    public static partial void StreamHasGivenEpoch(ILogger logger, string stream, string streamId);
}
