using System.Diagnostics;
using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Local;
using KinesisClientNet.LoadRig.Serving;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>An I/O-bound handler on one shard: serial against key lanes, with the order per key checked.</summary>
internal static class LanesCommand
{
    private const int Keys = 1_000;
    private static readonly TimeSpan HandlerTime = TimeSpan.FromMilliseconds(2.5);

    public static async Task<int> RunAsync(long records, int concurrency, CancellationToken cancellationToken)
    {
        var kinesis = new LocalKinesis();
        kinesis.AddStream(LocalService.Stream, 1);
        await FillAsync(kinesis, records);
        var serial = await DrainAsync(kinesis, records, 1, cancellationToken);
        var lanes = await DrainAsync(kinesis, records, concurrency, cancellationToken);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{records:N0} records, {Keys:N0} keys, 1 shard, {HandlerTime.TotalMilliseconds} ms each: serial {serial.Seconds:0.0} s, {concurrency} lanes {lanes.Seconds:0.00} s, {serial.Seconds / lanes.Seconds:0.0} x; out of order {serial.OutOfOrder} and {lanes.OutOfOrder}"));
        return serial.OutOfOrder + lanes.OutOfOrder == 0 ? 0 : 1;
    }

    private static async Task FillAsync(LocalKinesis kinesis, long records)
    {
        await using var producer = new KinesisProducer(new() { StreamName = LocalService.Stream, ShardRateFactor = 1_000, KeepKeyOrder = true }, kinesis);
        for (long i = 0; i < records; i++)
            await producer.EnqueueAsync(string.Create(CultureInfo.InvariantCulture, $"key-{i % Keys}"), BitConverter.GetBytes(i));
        await producer.FlushAsync();
    }

    private static async Task<(double Seconds, long OutOfOrder)> DrainAsync(LocalKinesis kinesis, long records, int concurrency, CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var last = new long[Keys];
        Array.Fill(last, -1);
        long handled = 0, outOfOrder = 0, started = 0;
        var options = new KinesisConsumerOptions
        {
            StreamName = LocalService.Stream, ApplicationName = "lanes", WorkerId = "lanes-1",
            Processing = { Concurrency = concurrency, MaxBatchRecords = concurrency == 1 ? 10_000 : 1 },
            Retrieval = { Polling = { MaxReadsPerSecond = 10_000, MaxBytesPerSecond = 1L << 40 } },
        };
        await using var consumer = new KinesisConsumer(options, _ => new Waiter(Handle), kinesis, new InMemoryLeaseStore());
        await consumer.RunAsync(done.Token);
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, outOfOrder);

        void Handle(long index)
        {
            Interlocked.CompareExchange(ref started, Stopwatch.GetTimestamp(), 0);
            if (Interlocked.Exchange(ref last[index % Keys], index) > index)
                Interlocked.Increment(ref outOfOrder);
            if (Interlocked.Increment(ref handled) == records)
                done.Cancel();
        }
    }

    private sealed class Waiter(Action<long> handle) : IShardProcessor
    {
        public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var index = BitConverter.ToInt64(batch[i].Data.Span);
                await Task.Delay(HandlerTime, CancellationToken.None); // the I/O
                handle(index);
            }
        }
    }
}
