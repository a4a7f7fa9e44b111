using System.Collections.Concurrent;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Hosting.Tests;

/// <summary>A host on the local service, without files, console and environment. Its log is kept.</summary>
internal sealed class HostRig
{
    public HostRig(Dictionary<string, string?>? configuration = null)
    {
        Builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Builder.Configuration.AddInMemoryCollection(configuration ?? []);
        Builder.Services.AddSingleton<IKinesisApi>(Kinesis);
        Builder.Services.AddKeyedSingleton<ILeaseStore>(KeyedService.AnyKey, static (_, _) => new InMemoryLeaseStore());
        Builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Information);
    }

    public HostApplicationBuilder Builder { get; }

    public IServiceCollection Services => Builder.Services;

    public LocalKinesis Kinesis { get; } = new LocalKinesis().AddStream("orders", 2).AddStream("audit", 1);

    public KeptLog Log { get; } = new();

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<IHost> StartAsync()
    {
        var host = Builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }

    /// <summary>Settings of a consumer that is quick to start.</summary>
    public static void Quick(KinesisConsumerOptions options, string stream = "orders", string application = "billing")
    {
        (options.StreamName, options.ApplicationName) = (stream, application);
        options.Retrieval.Polling.IdleDelay = TimeSpan.FromMilliseconds(5);
        options.Retrieval.Polling.MaxReadsPerSecond = 1000;
    }

    internal sealed class KeptLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, EventId Event, string Text, Exception? Error)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Enqueue((logLevel, eventId, formatter(state, exception), exception));

        public void Dispose()
        {
        }
    }
}
