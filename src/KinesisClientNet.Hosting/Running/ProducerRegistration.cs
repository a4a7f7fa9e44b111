using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Hosting.Settings;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Running;

/// <summary>A registered producer.</summary>
/// <param name="Name">Its name: the key of its service.</param>
/// <param name="Section">Where its settings stand; null when they are given in code.</param>
internal sealed record ProducerRegistration(string Name, IConfigurationSection? Section)
{
    public static OptionsBuilder<KinesisProducerOptions> Add(IServiceCollection services, string name, IConfigurationSection? section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (services.Any(service => !service.IsKeyedService && service.ImplementationInstance is ProducerRegistration other && other.Name == name))
            throw new InvalidOperationException($"A Kinesis producer named '{name}' is registered already. Give each its own name.");

        var registration = new ProducerRegistration(name, section);
        services.AddSingleton(registration);
        services.AddKeyedSingleton<IKinesisProducer>(name, (provider, _) => registration.Create(provider));
        services.TryAddSingleton(TheOnlyOne);
        services.AddSingleton<IValidateOptions<KinesisProducerOptions>>(new ProducerSettingsCheck(registration));
        KinesisHost.Add(services);
        return services.AddOptions<KinesisProducerOptions>(name)
            .PostConfigure<IServiceProvider>(static (options, provider) =>
            {
                AwsDefaults.Apply(options.Connection, provider);
                options.MeterFactory ??= provider.GetService<IMeterFactory>();
            })
            .ValidateOnStart();
    }

    private KinesisProducer Create(IServiceProvider provider) => new(
        provider.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get(Name),
        provider.GetKeyedService<IKinesisApi>(Name) ?? provider.GetService<IKinesisApi>(),
        provider.GetService<ILoggerFactory>(),
        provider.GetService<TimeProvider>());

    private static IKinesisProducer TheOnlyOne(IServiceProvider provider)
    {
        var names = provider.GetServices<ProducerRegistration>().Select(registration => registration.Name).ToArray();
        return names.Length == 1
            ? provider.GetRequiredKeyedService<IKinesisProducer>(names[0])
            : throw new InvalidOperationException(
                $"There are {names.Length} Kinesis producers ({string.Join(", ", names)}): say which one with [FromKeyedServices(\"{names[0]}\")].");
    }
}
