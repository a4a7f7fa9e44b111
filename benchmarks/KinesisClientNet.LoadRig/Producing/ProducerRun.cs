using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>
/// Our producer, with every record's outcome confirmed: by the batch callback, or by awaiting each delivery. Records that fill the buffer more
/// than once go ahead uncounted, so that what is counted is the steady state: connections open, shard map read, buffers there.
/// </summary>
internal static class ProducerRun
{
    private const long LeadBytes = 96L * 1024 * 1024;

    /// <summary>How many outcomes the awaiting caller lets stand open, as one would who reads from a queue and acknowledges in order.</summary>
    private const int Window = 100_000;

    /// <summary>How many records the caller hands over at once where it has many.</summary>
    private const int HandOver = 64;

    public static Task<RunResult> BatchCallbackAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken) =>
        CallbackAsync("batch callback", settings, endpoint, EnqueueEachAsync, cancellationToken);

    public static Task<RunResult> BatchEnqueueAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken) =>
        CallbackAsync($"batch callback, enqueued {HandOver} at a time", settings, endpoint, EnqueueManyAsync, cancellationToken);

    public static async Task<RunResult> AwaitedAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken)
    {
        var payload = settings.Payload();
        var window = new PendingRecord[Window];
        await using var producer = new KinesisProducer(Options(settings, endpoint));
        await SendAsync(Lead(settings));
        GC.Collect();
        var before = ClientUsage.Look();
        var failed = await SendAsync(settings.Records);
        return new("every delivery awaited", settings.Records, settings.RecordBytes, ClientUsage.Look() - before, failed);

        async Task<long> SendAsync(long records)
        {
            long failures = 0;
            for (long i = 0; i < records; i++)
            {
                var slot = i % Window;
                if (i >= Window && !await IsStoredAsync(window[slot]))
                    failures++;
                window[slot] = await producer.EnqueueAsync(settings.Key(i), payload, cancellationToken);
            }

            await producer.FlushAsync(cancellationToken);
            for (var i = Math.Max(0, records - Window); i < records; i++)
                failures += await IsStoredAsync(window[i % Window]) ? 0 : 1;
            return failures;
        }
    }

    public static KinesisProducerOptions Options(LoadSettings settings, Uri endpoint) => new()
    {
        StreamName = settings.Stream,
        ShardRateFactor = settings.IsSink ? 1_000 : 1.5, // the sink has no shard limits; a real stream keeps its own
        Connection = settings.Connection(endpoint),
        Aggregation = { Enabled = settings.Aggregate },
        SendsEarlyWhenIdle = settings.Early,
    };

    private static long Lead(LoadSettings settings) => Math.Min(settings.Records, LeadBytes / settings.RecordBytes);

    private static async ValueTask<bool> IsStoredAsync(PendingRecord pending)
    {
        try
        {
            await pending.AsValueTask();
            return true;
        }
        catch (RecordFailedException)
        {
            return false; // counted and printed
        }
    }

    private static async Task<RunResult> CallbackAsync(string name, LoadSettings settings, Uri endpoint, Enqueue enqueue, CancellationToken cancellationToken)
    {
        long delivered = 0, failed = 0;
        var options = Options(settings, endpoint);
        options.OnRecordsSettled = settled => Interlocked.Add(ref settled.Succeeded ? ref delivered : ref failed, settled.Count);
        await using var producer = new KinesisProducer(options);
        await enqueue(producer, settings, Lead(settings), cancellationToken);
        await producer.FlushAsync(cancellationToken);
        (delivered, failed) = (0, 0);
        GC.Collect();
        var before = ClientUsage.Look();
        await enqueue(producer, settings, settings.Records, cancellationToken);
        await producer.FlushAsync(cancellationToken);
        var usage = ClientUsage.Look() - before;
        return new(name, settings.Records, settings.RecordBytes, usage, settings.Records - Interlocked.Read(ref delivered));
    }

    private static async Task EnqueueEachAsync(KinesisProducer producer, LoadSettings settings, long records, CancellationToken cancellationToken)
    {
        var payload = settings.Payload();
        for (long i = 0; i < records; i++)
            await producer.EnqueueAsync(settings.Key(i), payload, cancellationToken);
    }

    private static async Task EnqueueManyAsync(KinesisProducer producer, LoadSettings settings, long records, CancellationToken cancellationToken)
    {
        var payload = settings.Payload();
        var many = new ProducerRecord[HandOver];
        for (long i = 0; i < records;)
        {
            var count = (int)Math.Min(HandOver, records - i);
            for (var j = 0; j < count; j++, i++)
                many[j] = new ProducerRecord(settings.Key(i), payload);
            await producer.EnqueueAsync(many.AsMemory(0, count), cancellationToken);
        }
    }

    private delegate Task Enqueue(KinesisProducer producer, LoadSettings settings, long records, CancellationToken cancellationToken);
}
