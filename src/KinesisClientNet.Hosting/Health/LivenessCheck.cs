using KinesisClientNet.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KinesisClientNet.Hosting.Health;

/// <summary>Whether every consumer still works.</summary>
internal sealed class LivenessCheck(IServiceProvider provider) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var ended = (provider.GetService<KinesisHost>()?.Consumers ?? []).Where(static consumer => consumer.Failure is not null).ToArray();
        return Task.FromResult(ended.Length == 0
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(
                context.Registration.FailureStatus,
                string.Join("; ", ended.Select(static consumer => $"consumer {consumer.Name} has ended: {consumer.Failure!.Message}")),
                ended[0].Failure));
    }
}
