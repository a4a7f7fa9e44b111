using KinesisClientNet.Consumer;
using KinesisClientNet.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KinesisClientNet.Hosting.Health;

/// <summary>Whether every shard that this process holds moves, and is near enough to the tip.</summary>
internal sealed class ReadinessCheck(IServiceProvider provider, TimeSpan? maxLag) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        Exception? error = null;
        foreach (var consumer in provider.GetService<KinesisHost>()?.Consumers ?? [])
        {
            if (consumer.Consumer.CapacityProblem is { } shortage)
                problems.Add($"{consumer.Name}: {shortage}");
            foreach (var shard in consumer.Consumer.Shards)
            {
                data[$"{consumer.Name}/{(shard.LeaseKey.Length > 0 ? shard.LeaseKey : shard.ShardId)}"] = shard.ToString();
                if (Problem(shard) is not { } problem)
                    continue;
                problems.Add($"{consumer.Name}/{problem}");
                error ??= shard.Error;
            }
        }

        return Task.FromResult(problems.Count == 0
            ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(context.Registration.FailureStatus, string.Join("; ", problems), error, data));
    }

    private string? Problem(ShardStatus shard)
    {
        if (shard.IsDegraded)
            return shard.ToString();
        return shard.Lag > maxLag ? $"{shard.ShardId}: {shard.Lag} behind, {maxLag} allowed" : null;
    }
}
