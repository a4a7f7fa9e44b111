using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Testing;

/// <summary>Puts an application's producers and consumers on a Kinesis in the same process: for tests of a host and for development.</summary>
public static class LocalKinesisServiceCollectionExtensions
{
    /// <summary>
    /// Makes all producers and consumers of the container use this Kinesis, and keeps the leases of each consumer in memory. What was registered
    /// before as <see cref="IKinesisApi"/> or <see cref="ILeaseStore"/> is removed, so call it last.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="kinesis">The Kinesis; not disposed.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection UseLocalKinesis(this IServiceCollection services, LocalKinesis kinesis)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(kinesis);
        foreach (var replaced in services.Where(static service => service.ServiceType == typeof(IKinesisApi) || service.ServiceType == typeof(ILeaseStore)).ToArray())
            services.Remove(replaced);
        services.AddSingleton<IKinesisApi>(kinesis);

        // One store for each consumer's name: consumers of different applications must not see each other's leases.
        return services.AddKeyedSingleton<ILeaseStore>(KeyedService.AnyKey, static (_, _) => new InMemoryLeaseStore());
    }
}
