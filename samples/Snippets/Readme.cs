using KinesisClientNet.Producer;
using KinesisClientNet.Consumer;

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

    public static async Task ReadAsync(CancellationToken stopping)
    {
        var consumer = new KinesisConsumer(
            new() { StreamName = "orders", ApplicationName = "billing", Connection = { Region = "eu-west-1" } },
            shard => new OrderProcessor());
        await consumer.RunAsync(stopping);                      // ends when the token is cancelled: drains, checkpoints, releases its leases
    }
}

sealed class OrderProcessor : IShardProcessor
{
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        foreach (var record in batch)
            await Billing.ChargeAsync(record.PartitionKey, record.Data, stopping);
    }                                                    // returning = done; the library checkpoints (at-least-once)
}

internal static class Billing
{
    public static Task ChargeAsync(string customer, ReadOnlyMemory<byte> order, CancellationToken stopping) =>
        Console.Out.WriteLineAsync($"{customer}: {order.Length} bytes".AsMemory(), stopping);
}
