// Metrics and traces by OTLP to whatever listens at OTEL_EXPORTER_OTLP_ENDPOINT (default http://localhost:4317), for instance the Aspire dashboard:
// docker run -p 18888:18888 -p 4317:18889 mcr.microsoft.com/dotnet/aspire-dashboard. A local Kinesis stands for AWS.
using System.Diagnostics;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

const int Orders = 100;
using var shop = new ActivitySource("Shop");
var (handled, links) = (0, 0);
var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddOpenTelemetry()
    .WithMetrics(metrics => metrics.AddMeter(KinesisClientTelemetry.ProducerName, KinesisClientTelemetry.ConsumerName))
    .WithTracing(traces => traces.AddSource(KinesisClientTelemetry.ProducerName, KinesisClientTelemetry.ConsumerName))
    .UseOtlpExporter();                                          // where to: OTEL_EXPORTER_OTLP_ENDPOINT

builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource("Shop"));
builder.Services.AddKinesisProducer("orders", options => (options.StreamName, options.PropagateTraceContext) = ("orders", true));
builder.Services.AddKinesisConsumer("orders", options => (options.StreamName, options.ApplicationName) = ("orders", "billing"))
    .ProcessWith((batch, stopping) =>
    {
        Interlocked.Add(ref links, Activity.Current?.Links.Count() ?? 0);    // the senders of the batch's records
        if (Interlocked.Add(ref handled, batch.Count) >= Orders)
            done.TrySetResult();
        return default;
    });
builder.Services.UseLocalKinesis(new LocalKinesis().AddStream("orders", shards: 2));

using var host = builder.Build();
await host.StartAsync();
var producer = host.Services.GetRequiredService<IKinesisProducer>();
for (var i = 0; i < Orders; i++)
{
    using var order = shop.StartActivity("order");
    await producer.EnqueueAsync($"customer-{i % 10}", BitConverter.GetBytes(i));
}

await done.Task;
await host.StopAsync();
Console.WriteLine($"{Orders} orders handled, in batches that are linked to {links} senders.");
return links > 0 ? 0 : 1;
