using System.Collections.Frozen;

namespace KinesisClientNet.Core.Service;

/// <summary>What the service's error codes mean (Kinesis API reference, "Common errors" and the operations' pages).</summary>
internal static class ErrorCatalogue
{
    /// <summary>Our word for "nothing was sent": the connection could not be made in time.</summary>
    public const string ConnectionFailed = "ConnectionFailed";

    /// <summary>Our word for a connection that broke after the request was sent.</summary>
    public const string ConnectionLost = "ConnectionLost";

    /// <summary>Our word for an attempt that passed its deadline after the request was sent.</summary>
    public const string RequestTimeout = "RequestTimeout";

    /// <summary>Our word for an answer that could not be understood.</summary>
    public const string MalformedResponse = "MalformedResponse";

    /// <summary>Our word for credentials that could not be had.</summary>
    public const string CredentialsUnavailable = "CredentialsUnavailable";

    private static readonly FrozenDictionary<string, KinesisErrorKind> Kinds = new Dictionary<string, KinesisErrorKind>
    {
        ["ProvisionedThroughputExceededException"] = KinesisErrorKind.Throttled,
        ["ProvisionedThroughputExceeded"] = KinesisErrorKind.Throttled,
        ["KMSThrottlingException"] = KinesisErrorKind.Throttled,
        ["ThrottlingException"] = KinesisErrorKind.Throttled,
        ["Throttling"] = KinesisErrorKind.Throttled,
        ["ThrottledException"] = KinesisErrorKind.Throttled,
        ["RequestThrottledException"] = KinesisErrorKind.Throttled,
        ["RequestThrottled"] = KinesisErrorKind.Throttled,
        ["TooManyRequestsException"] = KinesisErrorKind.Throttled,
        ["RequestLimitExceeded"] = KinesisErrorKind.Throttled,
        ["BandwidthLimitExceeded"] = KinesisErrorKind.Throttled,
        ["SlowDown"] = KinesisErrorKind.Throttled,
        ["InternalFailureException"] = KinesisErrorKind.ServiceFault,
        ["InternalFailure"] = KinesisErrorKind.ServiceFault,
        ["InternalServerError"] = KinesisErrorKind.ServiceFault,
        ["InternalError"] = KinesisErrorKind.ServiceFault,
        ["ServiceUnavailable"] = KinesisErrorKind.ServiceFault,
        ["ServiceUnavailableException"] = KinesisErrorKind.ServiceFault,
        ["RequestTimeoutException"] = KinesisErrorKind.ServiceFault,
        ["ExpiredIteratorException"] = KinesisErrorKind.ExpiredIterator,
        ["ExpiredNextTokenException"] = KinesisErrorKind.ExpiredNextToken,
        ["ResourceInUseException"] = KinesisErrorKind.ResourceInUse,
        ["ResourceNotFoundException"] = KinesisErrorKind.NotFound,
        ["InvalidArgumentException"] = KinesisErrorKind.InvalidArgument,
        ["ValidationException"] = KinesisErrorKind.InvalidArgument,
        ["ValidationError"] = KinesisErrorKind.InvalidArgument,
        ["SerializationException"] = KinesisErrorKind.InvalidArgument,
        ["UnknownOperationException"] = KinesisErrorKind.InvalidArgument,
        ["InvalidParameterException"] = KinesisErrorKind.InvalidArgument,
        ["AccessDeniedException"] = KinesisErrorKind.AccessDenied,
        ["AccessDenied"] = KinesisErrorKind.AccessDenied,
        ["NotAuthorized"] = KinesisErrorKind.AccessDenied,
        ["OptInRequired"] = KinesisErrorKind.AccessDenied,
        ["ExpiredTokenException"] = KinesisErrorKind.Authentication,
        ["ExpiredToken"] = KinesisErrorKind.Authentication,
        ["UnrecognizedClientException"] = KinesisErrorKind.Authentication,
        ["InvalidClientTokenId"] = KinesisErrorKind.Authentication,
        ["InvalidSignatureException"] = KinesisErrorKind.Authentication,
        ["SignatureDoesNotMatch"] = KinesisErrorKind.Authentication,
        ["IncompleteSignatureException"] = KinesisErrorKind.Authentication,
        ["IncompleteSignature"] = KinesisErrorKind.Authentication,
        ["MissingAuthenticationTokenException"] = KinesisErrorKind.Authentication,
        ["MissingAuthenticationToken"] = KinesisErrorKind.Authentication,
        ["RequestExpired"] = KinesisErrorKind.Authentication,
        ["RequestTimeTooSkewed"] = KinesisErrorKind.Authentication,
        ["RequestInTheFuture"] = KinesisErrorKind.Authentication,
        ["AuthFailure"] = KinesisErrorKind.Authentication,
        ["KMSDisabledException"] = KinesisErrorKind.KeyUnavailable,
        ["KMSInvalidStateException"] = KinesisErrorKind.KeyUnavailable,
        ["KMSAccessDeniedException"] = KinesisErrorKind.KeyUnavailable,
        ["KMSNotFoundException"] = KinesisErrorKind.KeyUnavailable,
        ["KMSOptInRequired"] = KinesisErrorKind.KeyUnavailable,
        ["RequestEntityTooLargeException"] = KinesisErrorKind.RequestTooLarge,
        ["RequestTooLargeException"] = KinesisErrorKind.RequestTooLarge,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> ClockCodes = FrozenSet.Create(
        StringComparer.Ordinal,
        "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture", "AuthFailure");

    private static readonly FrozenSet<string> CredentialCodes = FrozenSet.Create(
        StringComparer.Ordinal, "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId");

    /// <summary>What a code means; the status decides where the code is unknown. The message tells a rate from a quota.</summary>
    public static KinesisErrorKind Classify(string code, int httpStatus, string? message = null)
    {
        // One code for two things: a rate clears by itself, a quota does not. Only the words tell them apart (kinesis-service reference, 2.4).
        if (code == "LimitExceededException")
            return message?.Contains("rate", StringComparison.OrdinalIgnoreCase) == true ? KinesisErrorKind.Throttled : KinesisErrorKind.LimitExceeded;
        if (Kinds.TryGetValue(code, out var kind))
            return kind;
        return httpStatus switch
        {
            408 or >= 500 => KinesisErrorKind.ServiceFault,
            413 => KinesisErrorKind.RequestTooLarge,
            429 => KinesisErrorKind.Throttled,
            401 or 403 => KinesisErrorKind.AccessDenied,
            404 => KinesisErrorKind.NotFound,
            _ => KinesisErrorKind.Unknown,
        };
    }

    /// <summary>True when a wrong clock may be the cause.</summary>
    public static bool MayBeClock(string code) => ClockCodes.Contains(code);

    /// <summary>True when fresh credentials may help.</summary>
    public static bool MayBeCredentials(string code) => CredentialCodes.Contains(code);

    /// <summary>The bare name of an error code: without the namespace before <c>#</c> and what follows a colon.</summary>
    public static string BareCode(string code)
    {
        var colon = code.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
            code = code[..colon];
        return code[(code.LastIndexOf('#') + 1)..].Trim();
    }
}
