using System.Diagnostics;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Records at a steady rate, each with the time from enqueue to outcome. The first fifth warms up and is left out.</summary>
internal static class PacedLoad
{
    private const int LeadPart = 5;

    /// <summary>Sends for a while.</summary>
    /// <param name="settings">What.</param>
    /// <param name="producer">Makes the producer with the callback that takes the times.</param>
    /// <param name="recordsPerSecond">How many a second; what the producer cannot take in time comes later.</param>
    /// <param name="duration">How long, the lead included.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RunResult> RunAsync(
        LoadSettings settings, Func<Action<SettledRecords>, KinesisProducer> producer, double recordsPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var latencies = new double[(int)(recordsPerSecond * duration.TotalSeconds) + 1];
        long settledCount = 0, failed = 0, sent = 0;
        var gate = new Lock();
        ClientUsage before = default;
        await using var client = producer(Settle);
        var payload = settings.Payload();
        var started = Stopwatch.GetTimestamp();
        var lead = duration / LeadPart;
        using (var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1)))
        {
            while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < duration && await tick.WaitForNextTickAsync(cancellationToken))
            {
                if (before == default && elapsed >= lead)
                {
                    before = ClientUsage.Look();
                    lock (gate)
                        settledCount = 0;
                }

                // One object for all records of a tick: the measurement must not be the load.
                object now = Stopwatch.GetTimestamp();
                for (var due = (long)(elapsed.TotalSeconds * recordsPerSecond); sent < due; sent++)
                    await client.EnqueueAsync(new ProducerRecord(settings.Key(sent), payload, State: now), cancellationToken);
            }
        }

        await client.FlushAsync(cancellationToken);
        var usage = ClientUsage.Look() - before;
        lock (gate)
            return new("latency", settledCount, settings.RecordBytes, usage, failed, latencies[..(int)settledCount]);

        void Settle(SettledRecords settled)
        {
            var now = Stopwatch.GetTimestamp();
            lock (gate)
            {
                for (var i = 0; i < settled.Count && settledCount < latencies.Length; i++)
                    latencies[settledCount++] = Stopwatch.GetElapsedTime((long)settled.StateOf(i)!, now).TotalMilliseconds;
                failed += settled.Succeeded ? 0 : settled.Count;
            }
        }
    }
}
