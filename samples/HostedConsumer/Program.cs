// A worker service that reads a stream: settings in appsettings.json. It runs against a local Kinesis; with DOTNET_ENVIRONMENT=Production against AWS.
using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var isLocal = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") != "Production";
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services
    .AddKinesisConsumer("orders", builder.Configuration.GetSection("Kinesis:Orders"))
    .ProcessWith<OrderProcessor>();
if (isLocal)
{
    builder.Services.UseLocalKinesis(new LocalKinesis().AddStream("orders", shards: 2));
    builder.Services.AddKinesisProducer("orders", builder.Configuration.GetSection("Kinesis:Orders"));
    builder.Services.AddHostedService<Demonstration>();
}

await builder.Build().RunAsync();

sealed class OrderProcessor(ILogger<OrderProcessor> log) : IShardProcessor
{
    private static long s_handled;

    public static long Handled => Interlocked.Read(ref s_handled);

    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        foreach (var record in batch)
            log.LogInformation("{Key} at {Sequence}", record.PartitionKey, record.SequenceNumber);
        Interlocked.Add(ref s_handled, batch.Count);
        return default;   // returning = done; the library checkpoints (at-least-once)
    }
}

/// <summary>Writes ten orders, waits until they are handled, and ends the program.</summary>
sealed class Demonstration(IKinesisProducer orders, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        for (var i = 0; i < 10; i++)
            await orders.SendAsync($"customer-{i}", BitConverter.GetBytes(i), stopping);
        while (OrderProcessor.Handled < 10)
            await Task.Delay(50, stopping);
        lifetime.StopApplication();
    }
}
