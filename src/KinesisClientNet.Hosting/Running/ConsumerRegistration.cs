using System.Diagnostics.Metrics;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Hosting.Processing;
using KinesisClientNet.Hosting.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Running;

/// <summary>A registered consumer.</summary>
/// <param name="Name">Its name: the key of its services.</param>
/// <param name="Section">Where its settings stand; null when they are given in code.</param>
internal sealed record ConsumerRegistration(string Name, IConfigurationSection? Section)
{
    public static OptionsBuilder<KinesisConsumerOptions> Add(IServiceCollection services, string name, IConfigurationSection? section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (services.Any(service => !service.IsKeyedService && service.ImplementationInstance is ConsumerRegistration other && other.Name == name))
            throw new InvalidOperationException($"A Kinesis consumer named '{name}' is registered already. Give each its own name.");

        var registration = new ConsumerRegistration(name, section);
        services.AddSingleton(registration);
        services.AddKeyedSingleton(name, (provider, _) => registration.CreateProcessors(provider));
        services.AddKeyedSingleton(name, (provider, _) => registration.Create(provider));
        services.AddSingleton<IValidateOptions<KinesisConsumerOptions>>(new ConsumerSettingsCheck(registration));
        KinesisHost.Add(services);
        return services.AddOptions<KinesisConsumerOptions>(name)
            .PostConfigure<IServiceProvider>(static (options, provider) =>
            {
                AwsDefaults.Apply(options.Connection, provider);
                options.MeterFactory ??= provider.GetService<IMeterFactory>();
            })
            .ValidateOnStart();
    }

    public static void SetProcessor(IServiceCollection services, string name, HandlerSource source)
    {
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(HandlerSource) && name.Equals(service.ServiceKey)))
            throw new InvalidOperationException($"Consumer '{name}' has a processor already: ProcessWith is called once for each consumer.");
        services.AddKeyedSingleton(name, source);
    }

    private HandlerFactory CreateProcessors(IServiceProvider provider) => new(
        provider.GetRequiredService<IServiceScopeFactory>(),
        provider.GetKeyedService<HandlerSource>(Name) ?? throw new InvalidOperationException(
            $"Consumer '{Name}' has no processor: call ProcessWith on what AddKinesisConsumer(\"{Name}\", …) returns."));

    private KinesisConsumer Create(IServiceProvider provider) => new(
        ShutdownBudget.Fit(provider.GetRequiredService<IOptionsMonitor<KinesisConsumerOptions>>().Get(Name), Name, provider),
        provider.GetRequiredKeyedService<HandlerFactory>(Name).Create,
        provider.GetKeyedService<IKinesisApi>(Name) ?? provider.GetService<IKinesisApi>(),
        provider.GetKeyedService<ILeaseStore>(Name) ?? provider.GetService<ILeaseStore>(),
        provider.GetService<ILoggerFactory>(),
        provider.GetService<TimeProvider>());
}
