using KinesisClientNet.Consumer;
using KinesisClientNet.Hosting;
using KinesisClientNet.Hosting.Running;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers Kinesis producers and consumers. They are named: several streams, several of each in one host.</summary>
public static class KinesisServiceCollectionExtensions
{
    /// <summary>
    /// Registers a producer whose settings stand in a configuration section. Get it as a keyed service:
    /// <c>[FromKeyedServices("orders")] IKinesisProducer</c>; the only producer of an application can be had without a key too. It is built and its
    /// settings are checked when the host starts; when the host has stopped everything else, it sends what is left.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The producer's name: the key of the service.</param>
    /// <param name="configuration">The section with the settings of <see cref="KinesisProducerOptions"/>. It may be a consumer's section too.</param>
    /// <param name="configure">Changes settings after the section was read; null for nothing.</param>
    /// <returns>The services.</returns>
    /// <exception cref="InvalidOperationException">A producer of this name is registered already.</exception>
    public static IServiceCollection AddKinesisProducer(
        this IServiceCollection services, string name, IConfigurationSection configuration, Action<KinesisProducerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = ProducerRegistration.Add(services, name, configuration).Configure(settings => configuration.Bind(settings));
        if (configure is not null)
            options.Configure(configure);
        return services;
    }

    /// <summary>Registers a producer whose settings are given in code; see the overload with a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The producer's name: the key of the service.</param>
    /// <param name="configure">Sets the settings.</param>
    /// <returns>The services.</returns>
    /// <exception cref="InvalidOperationException">A producer of this name is registered already.</exception>
    public static IServiceCollection AddKinesisProducer(this IServiceCollection services, string name, Action<KinesisProducerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ProducerRegistration.Add(services, name, section: null).Configure(configure);
        return services;
    }

    /// <summary>
    /// Registers a consumer whose settings stand in a configuration section. It runs while the host runs, once <see cref="KinesisConsumerBuilder"/>
    /// has been told what to do with records. The <see cref="KinesisConsumer"/> itself is a keyed service, for pause, resume and status.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The consumer's name: the key of the service.</param>
    /// <param name="configuration">The section with the settings of <see cref="KinesisConsumerOptions"/>. It may be a producer's section too.</param>
    /// <param name="configure">Changes settings after the section was read; null for nothing.</param>
    /// <returns>Says what to do with records.</returns>
    /// <exception cref="InvalidOperationException">A consumer of this name is registered already.</exception>
    public static KinesisConsumerBuilder AddKinesisConsumer(
        this IServiceCollection services, string name, IConfigurationSection configuration, Action<KinesisConsumerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = ConsumerRegistration.Add(services, name, configuration).Configure(settings => configuration.Bind(settings));
        if (configure is not null)
            options.Configure(configure);
        return new(services, name);
    }

    /// <summary>Registers a consumer whose settings are given in code; see the overload with a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The consumer's name: the key of the service.</param>
    /// <param name="configure">Sets the settings.</param>
    /// <returns>Says what to do with records.</returns>
    /// <exception cref="InvalidOperationException">A consumer of this name is registered already.</exception>
    public static KinesisConsumerBuilder AddKinesisConsumer(this IServiceCollection services, string name, Action<KinesisConsumerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ConsumerRegistration.Add(services, name, section: null).Configure(configure);
        return new(services, name);
    }
}
