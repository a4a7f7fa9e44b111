using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Core.Telemetry;

/// <summary>Every log message of Core: ids 1000 to 1999. Never payloads, keys or credentials.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(1000, LogLevel.Warning, "AWS credentials could not be had; calls fail until they can. Check Connection.Credentials, Connection.Profile or the environment.")]
    public static partial void CredentialsUnavailable(ILogger logger, Exception error);

    [LoggerMessage(1001, LogLevel.Warning, "The service refused our time; its clock is {Offset} ahead of ours (negative: behind). Requests are signed with its time from now on. Correct the machine's clock.")]
    public static partial void ClockCorrected(ILogger logger, TimeSpan offset);

    [LoggerMessage(1002, LogLevel.Information, "The service refused our credentials ({Code}); they are asked anew and the call is tried once more.")]
    public static partial void CredentialsRefused(ILogger logger, string code);

    [LoggerMessage(1003, LogLevel.Debug, "A Kinesis call failed with {Code} at attempt {Attempt}; trying again in {Delay}.")]
    public static partial void CallRetried(ILogger logger, string code, int attempt, TimeSpan delay);

    [LoggerMessage(1004, LogLevel.Debug, "A Kinesis call failed with {Code}; it is not tried again because the retry budget is used up.")]
    public static partial void RetryBudgetEmpty(ILogger logger, string code);

    [LoggerMessage(1005, LogLevel.Trace, "{Operation} at {Host}: status {Status}, {BodyBytes} bytes, request id {RequestId}.")]
    public static partial void CallAnswered(ILogger logger, string operation, string host, int status, int bodyBytes, string? requestId);

    [LoggerMessage(1006, LogLevel.Warning, "Certificates of loopback addresses are not verified (Connection.AllowUntrustedLoopbackCertificate).")]
    public static partial void UntrustedCertificatesAllowed(ILogger logger);
}
