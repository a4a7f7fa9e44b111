using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local;

/// <summary>The service's refusals: code, class and status in one place.</summary>
internal static class ServiceRefusal
{
    public static KinesisApiException NotFound(string message) => new(KinesisErrorKind.NotFound, "ResourceNotFoundException", message, 400);

    public static KinesisApiException InvalidArgument(string message) =>
        new(KinesisErrorKind.InvalidArgument, "InvalidArgumentException", message, 400);

    public static KinesisApiException InUse(string message) => new(KinesisErrorKind.ResourceInUse, "ResourceInUseException", message, 400);

    public static KinesisApiException LimitExceeded(string message) => new(KinesisErrorKind.LimitExceeded, "LimitExceededException", message, 400);

    /// <summary>A LimitExceededException that speaks of a rate clears by waiting, so its kind is a throttle.</summary>
    public static KinesisApiException RateExceeded(string message) => new(KinesisErrorKind.Throttled, "LimitExceededException", message, 400);

    public static KinesisApiException Throttled(string message) =>
        new(KinesisErrorKind.Throttled, ThroughputExceeded, message, 400);

    public static KinesisApiException ExpiredIterator(string message) =>
        new(KinesisErrorKind.ExpiredIterator, "ExpiredIteratorException", message, 400);

    public static KinesisApiException ExpiredToken(string message) =>
        new(KinesisErrorKind.ExpiredNextToken, "ExpiredNextTokenException", message, 400);

    public static KinesisApiException ServiceFault(string message) =>
        new(KinesisErrorKind.ServiceFault, "InternalFailureException", message, 500);

    /// <summary>One violated constraint, in the service's words.</summary>
    public static KinesisApiException Validation(string value, string path, string constraint) => Validation(
        $"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}");

    public static KinesisApiException Validation(string message) => new(KinesisErrorKind.InvalidArgument, "ValidationException", message, 400);

    /// <summary>The code of a throttled read, and of a throttled PutRecords entry.</summary>
    public const string ThroughputExceeded = "ProvisionedThroughputExceededException";
}
