namespace KinesisClientNet.Producer.Pipeline;

/// <summary>The words for a failed record: what, on which stream, why, and the next step.</summary>
internal static class FailureMessage
{
    internal static RecordFailedException Describe(
        OutboundRecord record, RecordFailureReason reason, string stream, KinesisProducerOptions options, Exception? cause)
    {
        var attempts = record.History.ToList();
        var last = record.Attempts == 0 ? "it was never sent" : $"the last of {record.Attempts} attempts ended with {Words(record.History.Last)}";
        var message = $"A record for stream {stream} was not delivered: {Explain(reason, options)} ({last}).";
        return new RecordFailedException(reason, message, attempts, cause);
    }

    private static string Words(RecordAttempt attempt) => attempt.ErrorMessage is { } message
        ? $"{attempt.ErrorCode}: {message}"
        : attempt.ErrorCode ?? "success";

    private static string Explain(RecordFailureReason reason, KinesisProducerOptions options) => reason switch
    {
        RecordFailureReason.InvalidRecord => "the service refuses its content; check its size, partition key and explicit hash key against the stream's limits",
        RecordFailureReason.StreamNotFound => "the stream does not exist here; check StreamName or StreamArn, region and account",
        RecordFailureReason.AccessDenied => "access is denied; grant kinesis:PutRecords on the stream",
        RecordFailureReason.AuthenticationFailed => "the credentials are refused; check that they are valid, and this machine's clock",
        RecordFailureReason.KeyUnavailable => "the stream's KMS key cannot be used; check the key's state and kms:GenerateDataKey",
        RecordFailureReason.ServiceError => "the service answers with an error that is not known to pass",
        RecordFailureReason.AttemptsExhausted => $"Retry.MaxAttempts = {options.Retry.MaxAttempts} is reached",
        RecordFailureReason.Expired => $"it is older than RecordTtl = {options.RecordTtl}",
        RecordFailureReason.Dropped => "a newer record took its room in the full buffer (Buffer.WhenFull = DropOldest)",
        RecordFailureReason.BufferFull => $"the buffer is full (Buffer.MaxBytes = {options.Buffer.MaxBytes}, Buffer.MaxRecords = {options.Buffer.MaxRecords}, Buffer.WhenFull = FailFast)",
        _ => "the producer was stopped before its outcome was known; flush before disposing, or raise ShutdownTimeout",
    };

    /// <summary>The error of a record that was never accepted.</summary>
    internal static RecordFailedException BufferFull(string stream, KinesisProducerOptions options) =>
        new(RecordFailureReason.BufferFull, $"A record for stream {stream} was not accepted: {Explain(RecordFailureReason.BufferFull, options)}.");
}
