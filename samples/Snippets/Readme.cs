using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Snippets;

/// <summary>The code of README.md: it is compiled here, so that it cannot rot.</summary>
internal static class Readme
{
    public static async Task WriteAsync()
    {
        await using var producer = new KinesisProducer(new() { StreamName = "orders", Connection = { Region = "eu-west-1" } });

        for (var i = 0; i < 1_000_000; i++)
            await producer.EnqueueAsync($"customer-{i % 5_000}", BitConverter.GetBytes(i));   // waits only while the buffer is full

        var receipt = await producer.SendAsync("customer-42", "paid"u8.ToArray());             // waits until Kinesis has the record
        Console.WriteLine($"{receipt.ShardId} {receipt.SequenceNumber}");
    }

    public static async Task ReadAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services
            .AddKinesisConsumer("orders", options => (options.StreamName, options.ApplicationName) = ("orders", "billing"))
            .ProcessWith<OrderProcessor>();
        await builder.Build().RunAsync();
    }

    public static async Task WorkAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddKinesisProducer("orders", options => options.StreamName = "orders");
        builder.Services
            .AddKinesisConsumer("orders", options => (options.StreamName, options.ApplicationName) = ("orders", "billing"))
            .ProcessWith<OrderProcessor>();
        builder.Services.UseLocalKinesis(new LocalKinesis().AddStream("orders", shards: 4));     // take this line out, and it is AWS

        using var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<IKinesisProducer>().SendAsync("customer-42", "paid"u8.ToArray());
        await host.WaitForShutdownAsync();
    }
}

sealed class OrderProcessor(ILogger<OrderProcessor> log) : IShardProcessor
{
    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        foreach (var record in batch)
            log.LogInformation("{Key}: {Bytes} bytes at {Sequence}", record.PartitionKey, record.Data.Length, record.SequenceNumber);
        return default;   // returning = done; the library checkpoints (at-least-once)
    }
}
