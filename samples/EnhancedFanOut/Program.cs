// Enhanced fan-out: records are pushed as they arrive, 2 MB a second for each shard and application. Here on a local Kinesis, without AWS.
using KinesisClientNet.Local;
using KinesisClientNet.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

const int Records = 20;
var kinesis = new LocalKinesis().AddStream("orders", shards: 2);
var seen = 0;

var builder = Host.CreateApplicationBuilder(args);
builder.Services
    .AddKinesisConsumer("orders", o => { o.StreamName = "orders"; o.ApplicationName = "billing"; })
    .UseEnhancedFanOut(consumerName: "billing")                  // or "Retrieval:Mode": "EnhancedFanOut" in appsettings.json
    .ProcessWith((batch, stopping) =>
    {
        Console.WriteLine($"{batch.Shard.ShardId}: {batch.Count}, {batch.Lag} behind");
        Interlocked.Add(ref seen, batch.Count);
        return default;
    });
builder.Services.UseLocalKinesis(kinesis);

using var host = builder.Build();
await host.StartAsync();
for (var i = 0; i < Records; i++)
    await kinesis.Stream("orders").PutAsync($"customer-{i}", BitConverter.GetBytes(i));
while (Volatile.Read(ref seen) < Records)
    await Task.Delay(20);
await host.StopAsync();
Console.WriteLine($"{seen} of {Records} records were pushed.");
return seen == Records ? 0 : 1;
