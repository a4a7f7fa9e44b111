using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Snippets;

/// <summary>The code of docs/migrating.md.</summary>
internal static class Migrating
{
    public static async Task FromKplAsync()
    {
        await using var producer = new KinesisProducer(new()
        {
            StreamName = "orders",
            RecordTtl = TimeSpan.FromSeconds(30),                    // the KPL's; without it a record is tried until it is stored
            OnRecordFailed = failure => Console.Error.WriteLine($"{failure.Error.Reason}: {failure.Error.Message}"),
        });
    }

    public static async Task FromKclNetAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services
            .AddKinesisConsumer("orders", builder.Configuration.GetSection("Kinesis:Orders"))
            .ProcessWith<MigratedProcessor>();
        await builder.Build().RunAsync();
    }
}

sealed class MigratedProcessor(ILogger<MigratedProcessor> log) : IShardProcessor
{
    public ValueTask OpenAsync(ShardContext shard, CancellationToken stopping)                // initialize
    {
        log.LogInformation("{Shard} starts", shard.ShardId);
        return default;
    }

    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)        // processRecords
    {
        foreach (var record in batch)
            await Billing.ChargeAsync(record.PartitionKey, record.Data, stopping);
    }                                                                                         // no checkpoint call: returning is enough

    public ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping)             // leaseLost, shardEnded, shutdownRequested
    {
        log.LogInformation("{Shard} ends: {Reason}", closing.Shard.ShardId, closing.Reason);
        return default;                                                                       // SHARD_END is written by the library
    }
}

internal static class Billing
{
    public static Task ChargeAsync(string customer, ReadOnlyMemory<byte> order, CancellationToken stopping) =>
        Console.Out.WriteLineAsync($"{customer}: {order.Length} bytes".AsMemory(), stopping);
}
