using Amazon.Runtime;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Reads a filled stream to its tip, with leases and checkpoints, and stops at the last record.</summary>
internal static class DrainRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<RunResult> RunAsync(LoadSettings settings, Uri endpoint, RetrievalMode mode, CancellationToken cancellationToken)
    {
        long handled = 0, bytes = 0;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        done.CancelAfter(Limit);
        var options = Options(settings, endpoint, mode);
        var before = ClientUsage.Look();
        await using (var consumer = new KinesisConsumer(options, _ => new Counter(Count), leases: new InMemoryLeaseStore()))
            await consumer.RunAsync(done.Token);
        return new($"KinesisClientNet, {mode}", settings.Records, settings.RecordBytes, ClientUsage.Look() - before, settings.Records - handled);

        void Count(int records, long payload)
        {
            Interlocked.Add(ref bytes, payload);
            if (Interlocked.Add(ref handled, records) >= settings.Records)
                done.Cancel();
        }
    }

    private static KinesisConsumerOptions Options(LoadSettings settings, Uri endpoint, RetrievalMode mode) => new()
    {
        StreamName = LocalService.Stream,
        ApplicationName = "drain",
        WorkerId = "drain-1",
        Connection =
        {
            ServiceUrl = endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("load", "load"),
            AllowUntrustedLoopbackCertificate = settings.TrustLoopbackCertificate,
        },
        Retrieval =
        {
            Mode = mode,
            // The service's 5 reads and 2 MiB a second would be all that is measured.
            Polling = { MaxReadsPerSecond = 10_000, MaxBytesPerSecond = 1L << 40 },
        },
    };

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
