using KinesisClientNet.Consumer.Leasing;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>Log events of leasing and shard sync: ids 3500 to 3999. The other half of the class has 3000 to 3499.</summary>
internal static partial class ConsumerLog
{
    [LoggerMessage(3500, LogLevel.Information, "Worker {WorkerId} holds lease {LeaseKey}, epoch {Epoch}, checkpoint {Checkpoint}.")]
    public static partial void LeaseTaken(ILogger logger, string workerId, string leaseKey, long epoch, string checkpoint);

    [LoggerMessage(3501, LogLevel.Information, "Worker {WorkerId} no longer holds lease {LeaseKey} ({Reason}); owner now: {NewOwner}.")]
    public static partial void LeaseEnded(ILogger logger, string workerId, string leaseKey, LeaseLossReason reason, string? newOwner);

    [LoggerMessage(3502, LogLevel.Warning, "Worker {WorkerId} lost lease {LeaseKey}: {Sentence} Owner now: {NewOwner}.")]
    public static partial void LeaseLost(ILogger logger, string workerId, string leaseKey, string sentence, string? newOwner);

    [LoggerMessage(3503, LogLevel.Warning, "Renewing lease {LeaseKey} failed; last proof of life {SinceProof} ago, it is tried again.")]
    public static partial void RenewalFailed(ILogger logger, string leaseKey, TimeSpan sinceProof, Exception error);

    [LoggerMessage(3504, LogLevel.Warning, "The loop '{Loop}' failed {Failures} time(s) in a row; it goes on after {Delay}.")]
    public static partial void LoopFailed(ILogger logger, string loop, int failures, TimeSpan delay, Exception error);

    [LoggerMessage(3505, LogLevel.Warning, "Releasing lease {LeaseKey} failed; it expires after {Duration} and is then given to another worker.")]
    public static partial void ReleaseFailed(ILogger logger, string leaseKey, TimeSpan duration, Exception error);

    [LoggerMessage(3506, LogLevel.Information, "Worker {WorkerId} leads now; before it: {Before}.")]
    public static partial void LeadershipTaken(ILogger logger, string workerId, string? before);

    [LoggerMessage(3507, LogLevel.Information, "Worker {WorkerId} no longer leads: {Reason}.")]
    public static partial void LeadershipEnded(ILogger logger, string workerId, string reason);

    [LoggerMessage(3508, LogLevel.Warning, "Giving up the leader lock failed; it is free after {Duration}.")]
    public static partial void ResignationFailed(ILogger logger, TimeSpan duration, Exception error);

    [LoggerMessage(3509, LogLevel.Debug, "Lease {LeaseKey} goes from {From} to {To} ({Kind}).")]
    public static partial void LeaseMoved(ILogger logger, string leaseKey, string? from, string to, LeaseMoveKind kind);

    [LoggerMessage(3510, LogLevel.Debug, "Lease {LeaseKey} did not go from {From} to {To} ({Kind}): its row has changed in between.")]
    public static partial void MoveRefused(ILogger logger, string leaseKey, string? from, string to, LeaseMoveKind kind);

    [LoggerMessage(3511, LogLevel.Warning, "{Leases} lease(s) have no worker: {Workers} active worker(s) with at most {MaxLeases} lease(s) each. Start more workers or raise Leases.MaxLeases.")]
    public static partial void LeasesUnassigned(ILogger logger, int leases, int workers, int maxLeases);

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
}
