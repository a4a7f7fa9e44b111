namespace KinesisClientNet.Core.Service;

/// <summary>What a failed Kinesis call means for its caller. Derived from the service's error code (Kinesis API reference, "Common errors").</summary>
public enum KinesisErrorKind
{
    /// <summary>A code that this version does not know. Not retried.</summary>
    Unknown = 0,

    /// <summary>A shard's, account's or KMS key's rate is exceeded. Retry with backoff.</summary>
    Throttled,

    /// <summary>The service failed (5xx). Retry with backoff.</summary>
    ServiceFault,

    /// <summary>No answer: connection refused, reset, or the attempt's deadline passed. The call may have been applied.</summary>
    Connection,

    /// <summary>The shard iterator is older than five minutes. Ask for a new one from the last position.</summary>
    ExpiredIterator,

    /// <summary>The listing's token is older than 300 seconds. Start the listing again.</summary>
    ExpiredNextToken,

    /// <summary>The stream or consumer is not in a usable state, its name exists, or a subscription is held. Wait and retry.</summary>
    ResourceInUse,

    /// <summary>No such stream, shard or consumer, or the shard has expired.</summary>
    NotFound,

    /// <summary>An argument is wrong. Never retried.</summary>
    InvalidArgument,

    /// <summary>IAM or a resource policy refuses the call.</summary>
    AccessDenied,

    /// <summary>Credentials expired or unknown, signature refused, or the clock is wrong.</summary>
    Authentication,

    /// <summary>The stream's KMS key cannot be used until an operator acts.</summary>
    KeyUnavailable,

    /// <summary>A resource quota is reached; it does not clear by retrying.</summary>
    LimitExceeded,

    /// <summary>The request body is larger than the service takes. Split it.</summary>
    RequestTooLarge,

    /// <summary>The answer could not be understood: broken framing, checksum or body.</summary>
    MalformedResponse,
}
