using KinesisClientNet.Core;

namespace KinesisClientNet.Producer;

/// <summary>A record was not delivered, or its delivery could not be confirmed. The message says why, on which stream, and the next step.</summary>
public sealed class RecordFailedException : KinesisClientException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">Why the record failed.</param>
    /// <param name="message">What failed, where, and the next step.</param>
    /// <param name="attempts">The tries, oldest first; null for none.</param>
    /// <param name="innerException">The service's last error, or null.</param>
    public RecordFailedException(
        RecordFailureReason reason, string message, IReadOnlyList<RecordAttempt>? attempts = null, Exception? innerException = null)
        : base(message, IsTransientReason(reason), innerException)
    {
        Reason = reason;
        Attempts = attempts ?? [];
    }

    /// <summary>Why the record failed.</summary>
    public RecordFailureReason Reason { get; }

    /// <summary>The tries, oldest first; empty when it was never sent. Of a long history the first and the newest are kept.</summary>
    public IReadOnlyList<RecordAttempt> Attempts { get; }

    private static bool IsTransientReason(RecordFailureReason reason) => reason is
        RecordFailureReason.AttemptsExhausted or RecordFailureReason.Expired or RecordFailureReason.BufferFull or
        RecordFailureReason.Dropped or RecordFailureReason.ProducerStopped;
}
