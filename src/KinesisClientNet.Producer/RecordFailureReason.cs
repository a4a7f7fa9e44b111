namespace KinesisClientNet.Producer;

/// <summary>Why a record was not delivered.</summary>
public enum RecordFailureReason
{
    /// <summary>The service refused this record or its call for what is in it (size, key, hash key). Sending it again does not help.</summary>
    InvalidRecord = 0,

    /// <summary>The stream does not exist, or not in this region or account.</summary>
    StreamNotFound,

    /// <summary>IAM or a resource policy refuses kinesis:PutRecords on the stream.</summary>
    AccessDenied,

    /// <summary>Credentials stayed expired, unknown or wrongly signed over all attempts.</summary>
    AuthenticationFailed,

    /// <summary>The stream's KMS key cannot be used until an operator acts.</summary>
    KeyUnavailable,

    /// <summary>The service answered with an error that this version does not know, over all attempts.</summary>
    ServiceError,

    /// <summary>The limit of <see cref="RetryOptions.MaxAttempts"/> is reached; the last attempt says why it failed.</summary>
    AttemptsExhausted,

    /// <summary>The record grew older than <see cref="KinesisProducerOptions.RecordTtl"/>.</summary>
    Expired,

    /// <summary>There was no room and <see cref="BufferFullMode.FailFast"/> is set.</summary>
    BufferFull,

    /// <summary>A newer record took its room (<see cref="BufferFullMode.DropOldest"/>).</summary>
    Dropped,

    /// <summary>The producer was stopped before the record's outcome was known. It may have been stored if it was in flight.</summary>
    ProducerStopped,
}
