using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>The service's errors, made where they are found.</summary>
internal static class FrontRefusal
{
    public static KinesisApiException Serialization(string message) => Refuse(KinesisErrorKind.InvalidArgument, "SerializationException", message);

    public static KinesisApiException UnknownOperation() => Refuse(KinesisErrorKind.InvalidArgument, "UnknownOperationException", "");

    public static KinesisApiException Validation(string message) => Refuse(KinesisErrorKind.InvalidArgument, "ValidationException", message);

    public static KinesisApiException InvalidArgument(string message) => Refuse(KinesisErrorKind.InvalidArgument, "InvalidArgumentException", message);

    public static KinesisApiException ExpiredNextToken(string message) => Refuse(KinesisErrorKind.ExpiredNextToken, "ExpiredNextTokenException", message);

    public static KinesisApiException NotFound(string message) => Refuse(KinesisErrorKind.NotFound, "ResourceNotFoundException", message);

    public static KinesisApiException Authentication(string code, string message) => Refuse(KinesisErrorKind.Authentication, code, message);

    public static KinesisApiException DryRun() => Refuse(
        KinesisErrorKind.Unknown, "DryRunOperationException", "The request would have succeeded, but the DryRun flag is set.");

    public static KinesisApiException InternalFailure() => new(
        KinesisErrorKind.ServiceFault, "InternalFailureException", "The local service failed; its log says why.", 500);

    private static KinesisApiException Refuse(KinesisErrorKind kind, string code, string message) => new(kind, code, message, 400);
}
