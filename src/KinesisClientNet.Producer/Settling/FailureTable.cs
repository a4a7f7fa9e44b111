using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Producer.Settling;

/// <summary>What a failure of an entry or of a whole call asks for.</summary>
internal enum FailureClass
{
    /// <summary>Passes by itself; the service is busy with this shard or key. Wait and send less.</summary>
    Throttle = 0,

    /// <summary>Passes by itself. Wait and send again; the record may already be stored.</summary>
    Transient,

    /// <summary>May pass: a few tries, then the record fails with the cause.</summary>
    Doubtful,

    /// <summary>Concerns the stream, and does not pass without an operator. The records fail at once with the cause.</summary>
    Permanent,

    /// <summary>Concerns what is in the call: halve it until the record that is to blame stands alone.</summary>
    Content,
}

/// <summary>The class of a failure, and the reason that its records get should they end with it.</summary>
internal readonly record struct FailureRule(FailureClass Class, RecordFailureReason Reason);

/// <summary>
/// The classification of everything that PutRecords can answer (Kinesis API reference, PutRecords; kpl.md 6.1). The KPL has no permanent
/// class: a missing permission costs it 30 seconds of retries and ends as "Expired" (KPL #54, #252).
/// </summary>
internal static class FailureTable
{
    /// <summary>
    /// An entry's code: the same words mean the same as for a whole call. The API documents two of them; emulators and proxies answer with others.
    /// </summary>
    internal static FailureRule OfEntry(string code, string? message = null) => code == ErrorCatalogue.RequestTimeout
        ? OfKind(KinesisErrorKind.ServiceFault)
        : OfKind(ErrorCatalogue.Classify(code, httpStatus: 0, message));

    /// <summary>A whole call.</summary>
    internal static FailureRule OfCall(Exception failure) => failure switch
    {
        KinesisApiException error => OfKind(error.Kind),
        // What an own IKinesisApi may let through: the network, or its own deadline. The caller's token is handled before.
        IOException or HttpRequestException or TimeoutException or OperationCanceledException
            => new(FailureClass.Transient, RecordFailureReason.AttemptsExhausted),
        _ => new(FailureClass.Doubtful, RecordFailureReason.ServiceError),
    };

    internal static FailureRule OfKind(KinesisErrorKind kind) => kind switch
    {
        KinesisErrorKind.Throttled or KinesisErrorKind.LimitExceeded => new(FailureClass.Throttle, RecordFailureReason.AttemptsExhausted),
        KinesisErrorKind.ServiceFault or KinesisErrorKind.Connection or KinesisErrorKind.MalformedResponse or KinesisErrorKind.ResourceInUse
            => new(FailureClass.Transient, RecordFailureReason.AttemptsExhausted),
        KinesisErrorKind.NotFound => new(FailureClass.Permanent, RecordFailureReason.StreamNotFound),
        KinesisErrorKind.AccessDenied => new(FailureClass.Permanent, RecordFailureReason.AccessDenied),
        KinesisErrorKind.KeyUnavailable => new(FailureClass.Permanent, RecordFailureReason.KeyUnavailable),
        KinesisErrorKind.InvalidArgument or KinesisErrorKind.RequestTooLarge => new(FailureClass.Content, RecordFailureReason.InvalidRecord),
        KinesisErrorKind.Authentication => new(FailureClass.Doubtful, RecordFailureReason.AuthenticationFailed),
        _ => new(FailureClass.Doubtful, RecordFailureReason.ServiceError),
    };
}
