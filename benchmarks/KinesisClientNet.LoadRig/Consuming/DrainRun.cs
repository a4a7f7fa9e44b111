using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.LoadRig.Measuring;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Reads a filled stream to its tip, with leases and checkpoints, and stops at the last record.</summary>
internal static class DrainRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static int _runs;

    public static async Task<RunResult> RunAsync(LoadSettings settings, Uri endpoint, RetrievalMode mode, CancellationToken cancellationToken)
    {
        long handled = 0, bytes = 0;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        done.CancelAfter(Limit);
        var options = Options(settings, endpoint, mode);
        var before = ClientUsage.Look();
        await using (var consumer = new KinesisConsumer(options, _ => new Counter(Count), leases: new InMemoryLeaseStore()))
            await consumer.RunAsync(done.Token);
        // A foreign stream may hold more: the page with the last record wanted is handled to its end.
        return new($"KinesisClientNet, {mode}", Math.Max(1, handled), settings.RecordBytes, ClientUsage.Look() - before, Math.Max(0, settings.Records - handled));

        void Count(int records, long payload)
        {
            Interlocked.Add(ref bytes, payload);
            if (Interlocked.Add(ref handled, records) >= settings.Records)
                done.Cancel();
        }
    }

    private static KinesisConsumerOptions Options(LoadSettings settings, Uri endpoint, RetrievalMode mode)
    {
        // A registration of its own for each run: the service refuses to subscribe the same one again within five seconds.
        var options = ConsumerSettings.Options($"drain-{Interlocked.Increment(ref _runs)}", mode, settings.Connection(endpoint));
        options.Retrieval.FanOut.DeregistersOnStop = true;
        if (settings.IsSink)
            // The service's 5 reads and 2 MiB a second would be all that is measured.
            (options.Retrieval.Polling.MaxReadsPerSecond, options.Retrieval.Polling.MaxBytesPerSecond) = (10_000, 1L << 40);
        else
            options.StreamName = settings.Stream;
        return options;
    }

    private sealed class Counter(Action<int, long> count) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            long bytes = 0;
            foreach (var record in batch)
                bytes += record.Data.Length;
            count(batch.Count, bytes);
            return default;
        }
    }
}
