using KinesisClientNet.Consumer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Running;

/// <summary>Makes a consumer's time to stop fit into the host's: what the host cuts off would neither be checkpointed nor given up.</summary>
internal static class ShutdownBudget
{
    /// <summary>The part of the host's time that is left for producers, which stop after the consumers, and for everything else.</summary>
    private const double Reserve = 0.1;

    public static KinesisConsumerOptions Fit(KinesisConsumerOptions options, string name, IServiceProvider provider)
    {
        var allowed = provider.GetService<IOptions<HostOptions>>()?.Value.ShutdownTimeout ?? Timeout.InfiniteTimeSpan;
        var granted = Grant(options.ShutdownTimeout, allowed);
        if (granted == options.ShutdownTimeout)
            return options;
        var log = (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("KinesisClientNet.Hosting");
        log.ShutdownTimeoutReduced(name, options.ShutdownTimeout, allowed, granted);
        options.ShutdownTimeout = granted; // the options of this name are the consumer's own
        return options;
    }

    /// <summary>What a consumer gets of the time that the host has.</summary>
    public static TimeSpan Grant(TimeSpan wanted, TimeSpan allowed) =>
        allowed == Timeout.InfiniteTimeSpan || wanted <= allowed * (1 - Reserve) ? wanted : allowed * (1 - Reserve);
}
