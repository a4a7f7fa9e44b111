using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Server;

/// <summary>The server's log messages; its part of Local's range is 5500 to 5599.</summary>
internal static partial class LocalServerLog
{
    [LoggerMessage(5500, LogLevel.Information, "Local Kinesis listens on {Endpoint}.")]
    public static partial void Listening(this ILogger log, Uri endpoint);

    [LoggerMessage(5501, LogLevel.Information, "Local Kinesis on {Endpoint} stopped.")]
    public static partial void Stopped(this ILogger log, Uri endpoint);

    [LoggerMessage(5502, LogLevel.Error, "{Target} failed in the local service, request {RequestId}: this is a fault of the service, please report it.")]
    public static partial void RequestFailed(this ILogger log, Exception exception, string target, string requestId);

    [LoggerMessage(5503, LogLevel.Debug, "{Target} refused with {Code}, request {RequestId}.")]
    public static partial void RequestRefused(this ILogger log, string target, string code, string requestId);
}
