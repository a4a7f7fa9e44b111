namespace KinesisClientNet.Core.Service;

/// <summary>A Kinesis call failed: the service refused it, or no usable answer came. Holds no payload and no credential.</summary>
public sealed class KinesisApiException : KinesisClientException
{
    /// <summary>Creates the error.</summary>
    /// <param name="kind">What the failure means.</param>
    /// <param name="code">The service's error code, for instance <c>ProvisionedThroughputExceededException</c>.</param>
    /// <param name="message">What failed, where, and the next step.</param>
    /// <param name="httpStatus">The HTTP status, or 0 when no answer came.</param>
    /// <param name="requestId">The service's request id, or null.</param>
    /// <param name="innerException">The cause, or null.</param>
    public KinesisApiException(
        KinesisErrorKind kind, string code, string message, int httpStatus = 0, string? requestId = null, Exception? innerException = null)
        : base(message, IsTransientKind(kind), innerException)
    {
        Kind = kind;
        Code = code;
        HttpStatus = httpStatus;
        RequestId = requestId;
    }

    /// <summary>What the failure means for the caller.</summary>
    public KinesisErrorKind Kind { get; }

    /// <summary>The service's error code, without its namespace; for failures without an answer a word of ours such as <c>RequestTimeout</c>.</summary>
    public string Code { get; }

    /// <summary>The HTTP status, 0 when no answer came.</summary>
    public int HttpStatus { get; }

    /// <summary>The service's <c>x-amzn-RequestId</c>; AWS support asks for it. Null when no answer came.</summary>
    public string? RequestId { get; }

    /// <summary>How long the service asks to wait (its Retry-After header); null when it did not say.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    private static bool IsTransientKind(KinesisErrorKind kind) => kind is
        KinesisErrorKind.Throttled or KinesisErrorKind.ServiceFault or KinesisErrorKind.Connection or
        KinesisErrorKind.ExpiredIterator or KinesisErrorKind.ExpiredNextToken or KinesisErrorKind.ResourceInUse or
        KinesisErrorKind.MalformedResponse;
}
