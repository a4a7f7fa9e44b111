using KinesisClientNet.Producer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Hosting.Running;

/// <summary>
/// Runs all registered consumers and producers with the host. Consumers stop together, while the application's other services stop; producers
/// send what is left after every service has stopped, so that handlers and services may produce to their end.
/// </summary>
internal sealed class KinesisHost(IServiceProvider provider, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
    : IHostedLifecycleService, IDisposable
{
    private readonly ILogger _log = loggers.CreateLogger("KinesisClientNet.Hosting");
    private readonly List<(string Name, IKinesisProducer Producer)> _producers = [];
    private readonly List<RunningConsumer> _consumers = [];

    /// <summary>The consumers that were started, for health checks.</summary>
    public IReadOnlyList<RunningConsumer> Consumers => _consumers;

    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(KinesisHost)))
            return;
        services.AddSingleton<KinesisHost>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<KinesisHost>());
    }

    /// <summary>Builds everything before anything runs: a wrong setting stops the host at its start.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var registration in provider.GetServices<ProducerRegistration>())
            _producers.Add((registration.Name, provider.GetRequiredKeyedService<IKinesisProducer>(registration.Name)));
        foreach (var registration in provider.GetServices<ConsumerRegistration>())
            _consumers.Add(new(registration.Name, provider));
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var consumer in _consumers)
            consumer.Start(OnFailed);
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stops the consumers beside each other. A consumer's failure is thrown, so that the process ends with an error.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll([.. _consumers.Select(consumer => StopAsync(consumer, cancellationToken))]);

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        Task.WhenAll([.. _producers.Select(producer => StopAsync(producer.Name, producer.Producer, cancellationToken))]);

    public void Dispose()
    {
        foreach (var consumer in _consumers)
            consumer.Dispose();
    }

    private async Task StopAsync(RunningConsumer consumer, CancellationToken cancellationToken)
    {
        if (!await consumer.StopAsync(cancellationToken).ConfigureAwait(false))
            _log.ConsumerCutOff(consumer.Name);
    }

    private async Task StopAsync(string name, IKinesisProducer producer, CancellationToken cancellationToken)
    {
        var failed = await producer.StopAsync(cancellationToken).ConfigureAwait(false);
        if (failed > 0)
            _log.ProducerLeftRecords(name, failed);
    }

    private void OnFailed(string name, Exception error)
    {
        _log.ConsumerFailed(error, name);
        lifetime.StopApplication();
    }
}
