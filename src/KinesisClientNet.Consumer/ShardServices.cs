using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer;

/// <summary>What all shards of a consumer take from outside instead of the machine.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Random">Jitter; only used under its own lock.</param>
/// <param name="Logger">The log.</param>
/// <param name="Meter">Metrics and spans.</param>
internal sealed record ShardServices(TimeProvider Time, Random Random, ILogger Logger, ConsumerMeter Meter)
{
    /// <summary>Whether an error of the lease store means that its rate is exceeded.</summary>
    public Func<Exception, bool> IsStoreThrottle { get; init; } = static _ => false;

    public Backoff NewBackoff(TimeSpan first, TimeSpan cap) => new(first, cap, Random);
}
