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
}
