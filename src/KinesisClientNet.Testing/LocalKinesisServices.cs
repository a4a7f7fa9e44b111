using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Testing;

/// <summary>Puts the local service into an application's container: for tests of a whole host.</summary>
public static class LocalKinesisServices
{
    /// <summary>
    /// Lets every producer and consumer of the container use the local service instead of AWS, and a lease store in memory instead of DynamoDB.
    /// Call it after the application's own registrations: it replaces them.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="kinesis">The service; its streams must exist.</param>
    /// <param name="leases">The lease store of all consumers; null for a new one in memory for each consumer's name.</param>
    /// <returns>The container, for chaining.</returns>
    public static IServiceCollection UseLocalKinesis(this IServiceCollection services, LocalKinesis kinesis, ILeaseStore? leases = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(kinesis);
        for (var i = services.Count - 1; i >= 0; i--)
        {
            if (services[i].ServiceType == typeof(IKinesisApi) || services[i].ServiceType == typeof(ILeaseStore))
                services.RemoveAt(i);
        }

        services.AddSingleton<IKinesisApi>(kinesis);
        services.AddSingleton(leases ?? new InMemoryLeaseStore());

        // Consumers of different applications must not see each other's leases: hosted ones look under their name first.
        if (leases is null)
            services.AddKeyedSingleton<ILeaseStore>(KeyedService.AnyKey, static (_, _) => new InMemoryLeaseStore());
        return services;
    }
}
