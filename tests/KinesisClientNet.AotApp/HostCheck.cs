using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.AotApp;

/// <summary>Producer, consumer, configuration, scopes and health in a host.</summary>
internal static class HostCheck
{
    private const int Records = 1_000;

    /// <summary>Null when all is well.</summary>
    public static async Task<string?> RunAsync()
    {
        var handled = new Handled(Records);
        var builder = Builder(("Kinesis:Orders:StreamName", "orders"), ("Kinesis:Orders:ApplicationName", "billing"), ("Kinesis:Orders:Processing:Concurrency", "4"));
        builder.Services.AddSingleton(handled);
        builder.Services.AddKinesisProducer("orders", builder.Configuration.GetSection("Kinesis:Orders"));
        builder.Services.AddKinesisConsumer("orders", builder.Configuration.GetSection("Kinesis:Orders")).ProcessWith<Counter>();
        builder.Services.AddHealthChecks().AddKinesis();
        builder.Services.UseLocalKinesis(new LocalKinesis().AddStream("orders", 2));
        using var host = builder.Build();
        await host.StartAsync();
        var producer = host.Services.GetRequiredService<IKinesisProducer>();
        for (var i = 0; i < Records; i++)
            await producer.EnqueueAsync($"customer-{i % 50}", BitConverter.GetBytes(i));
        await handled.All;
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        await host.StopAsync();
        return health.Status == HealthStatus.Healthy ? null : $"health is {health.Status}: {health.Entries["kinesis-ready"].Description}";
    }

    /// <summary>Null when a wrong setting is refused with its words.</summary>
    public static async Task<string?> RunWithWrongSettingsAsync()
    {
        var builder = Builder(("Kinesis:Orders:StreamName", "orders"), ("Kinesis:Orders:Batching:MaxRecords", "501"));
        builder.Services.AddKinesisProducer("orders", builder.Configuration.GetSection("Kinesis:Orders"));
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
            return "the host started with a wrong setting";
        }
        catch (OptionsValidationException error)
        {
            return error.Message.Contains("Kinesis:Orders: Batching.MaxRecords = 501", StringComparison.Ordinal) ? null : error.Message;
        }
    }

    private static HostApplicationBuilder Builder(params (string Key, string Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        return builder;
    }

    private sealed class Handled(int expected)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task All => _all.Task;

        public void Add(int records)
        {
            if (Interlocked.Add(ref _count, records) >= expected)
                _all.TrySetResult();
        }
    }

    private sealed class Counter(Handled handled) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            handled.Add(batch.Count);
            return default;
        }
    }
}
