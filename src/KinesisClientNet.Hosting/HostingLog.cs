using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Hosting;

/// <summary>Hosting's log messages, 4000 to 4999.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(4000, LogLevel.Warning,
        "Consumer {Name} may take {Wanted} to stop, but the host allows {Allowed} in all; it stops within {Granted}. Raise HostOptions.ShutdownTimeout or lower the consumer's ShutdownTimeout.")]
    public static partial void ShutdownTimeoutReduced(this ILogger log, string name, TimeSpan wanted, TimeSpan allowed, TimeSpan granted);

    [LoggerMessage(4001, LogLevel.Error, "Consumer {Name} failed and the host is stopped. Its shards are read by the application's other workers, or after a restart.")]
    public static partial void ConsumerFailed(this ILogger log, Exception exception, string name);

    [LoggerMessage(4002, LogLevel.Warning, "Consumer {Name} was not finished when the host's time to stop was over; its leases expire by themselves and its last batches are delivered again.")]
    public static partial void ConsumerCutOff(this ILogger log, string name);

    [LoggerMessage(4003, LogLevel.Warning, "Producer {Name} stopped with {Failed} records that were not delivered; each was reported with the reason ProducerStopped.")]
    public static partial void ProducerLeftRecords(this ILogger log, string name, long failed);
}
