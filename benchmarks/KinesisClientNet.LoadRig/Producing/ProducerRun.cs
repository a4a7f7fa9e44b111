using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Our producer, with every record's outcome confirmed: by the batch callback, or by awaiting each delivery.</summary>
internal static class ProducerRun
{
    public static async Task<RunResult> BatchCallbackAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken)
    {
        long delivered = 0, failed = 0;
        var options = Options(settings, endpoint);
        options.OnRecordsSettled = settled => Interlocked.Add(ref settled.Succeeded ? ref delivered : ref failed, settled.Count);
        var payload = settings.Payload();
        var before = ClientUsage.Look();
        await using (var producer = new KinesisProducer(options))
        {
            for (long i = 0; i < settings.Records; i++)
                await producer.EnqueueAsync(settings.Key(i), payload, cancellationToken);
            await producer.FlushAsync(cancellationToken);
        }

        var usage = ClientUsage.Look() - before;
        return new("KinesisClientNet, batch callback", settings.Records, settings.RecordBytes, usage, failed + (settings.Records - delivered - failed));
    }

    public static async Task<RunResult> AwaitedAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken)
    {
        const int Window = 100_000; // deliveries kept at a time, so that the list of tasks stays bounded
        long failed = 0;
        var payload = settings.Payload();
        var pending = new List<Task<RecordReceipt>>(Window);
        var before = ClientUsage.Look();
        await using (var producer = new KinesisProducer(Options(settings, endpoint)))
        {
            for (long i = 0; i < settings.Records; i++)
            {
                pending.Add((await producer.EnqueueAsync(settings.Key(i), payload, cancellationToken)).Delivery);
                if (pending.Count == Window)
                    failed += await DrainAsync(pending);
            }

            failed += await DrainAsync(pending);
        }

        return new("KinesisClientNet, every delivery awaited", settings.Records, settings.RecordBytes, ClientUsage.Look() - before, failed);
    }

    private static async Task<long> DrainAsync(List<Task<RecordReceipt>> pending)
    {
        long failed = 0;
        foreach (var delivery in pending)
        {
            try
            {
                await delivery;
            }
            catch (RecordFailedException)
            {
                failed++; // counted and printed
            }
        }

        pending.Clear();
        return failed;
    }

    public static KinesisProducerOptions Options(LoadSettings settings, Uri endpoint)
    {
        var options = new KinesisProducerOptions
        {
            StreamName = settings.Stream,
            ShardRateFactor = 1_000, // the sink has no shard limits; a real stream keeps its own
            Connection = { ServiceUrl = endpoint, Region = "us-east-1", AllowUntrustedLoopbackCertificate = settings.TrustLoopbackCertificate },
            Aggregation = { Enabled = settings.Aggregate },
            SendsEarlyWhenIdle = settings.Early,
        };
        if (settings.Endpoint is null)
            options.Connection.Credentials = new Amazon.Runtime.BasicAWSCredentials("sink", "sink");
        return options;
    }
}
