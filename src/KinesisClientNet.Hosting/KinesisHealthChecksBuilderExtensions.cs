using KinesisClientNet.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of all Kinesis consumers of the host.</summary>
public static class KinesisHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds two checks. <c>kinesis-live</c> (tag <c>live</c>) is unhealthy when a consumer has ended without being asked to: restart the process.
    /// <c>kinesis-ready</c> (tag <c>ready</c>) is degraded while a shard does not move as it should, or is further behind than allowed, and says for
    /// each such shard why and since when; and while the workers may not take as many leases as there are shards, with the numbers. Both only read what is in memory.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="maxLag">How far behind the tip a shard may be; null for any distance.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddKinesis(this IHealthChecksBuilder builder, TimeSpan? maxLag = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Add(new HealthCheckRegistration("kinesis-live", static provider => new LivenessCheck(provider), HealthStatus.Unhealthy, ["live"]));
        return builder.Add(new HealthCheckRegistration("kinesis-ready", provider => new ReadinessCheck(provider, maxLag), HealthStatus.Degraded, ["ready"]));
    }
}
