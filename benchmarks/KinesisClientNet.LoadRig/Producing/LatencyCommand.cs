using System.Diagnostics;
using System.Globalization;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Sink;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Time from enqueue to receipt at a steady rate.</summary>
internal static class LatencyCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int recordsPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var sink = await SinkProcess.StartAsync(settings.Shards, TimeSpan.Zero, cancellationToken);
        var endpoint = settings.Endpoint ?? (settings.Tls ? sink.Https : sink.Http);
        var options = ProducerRun.Options(settings, endpoint);
        var latencies = new List<double>();
        long failed = 0;
        options.OnRecordsSettled = settled =>
        {
            var now = Stopwatch.GetTimestamp();
            lock (latencies)
            {
                for (var i = 0; i < settled.Count; i++)
                    latencies.Add(Stopwatch.GetElapsedTime((long)settled.StateOf(i)!, now).TotalMilliseconds);
            }

            Interlocked.Add(ref failed, settled.Succeeded ? 0 : settled.Count);
        };
        var before = ClientUsage.Look();
        long sent = 0;
        await using (var producer = new KinesisProducer(options))
        {
            var payload = settings.Payload();
            var started = Stopwatch.GetTimestamp();
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < duration && await tick.WaitForNextTickAsync(cancellationToken))
            {
                for (var due = (long)(elapsed.TotalSeconds * recordsPerSecond); sent < due; sent++)
                    await producer.EnqueueAsync(new ProducerRecord(settings.Key(sent), payload, State: Stopwatch.GetTimestamp()), cancellationToken);
            }
        }

        var result = new RunResult("latency", sent, settings.RecordBytes, ClientUsage.Look() - before, failed, [.. latencies.Skip(latencies.Count / 5)]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{recordsPerSecond:N0} records/s of {settings.RecordBytes} B for {duration.TotalSeconds:0} s, {settings.Shards} shards, buffered at most {options.MaxBufferedTime.TotalMilliseconds:0} ms{(settings.Early ? ", early when idle" : "")}: p50 {result.Quantile(0.5):0.0} ms, p90 {result.Quantile(0.9):0.0} ms, p99 {result.Quantile(0.99):0.0} ms, max {result.Quantile(1):0.0} ms; {result.Failed} failed, {result.Usage.Cpu.TotalSeconds:0.00} CPU-s (the first fifth warms up and is left out)"));
        return failed > 0 ? 1 : 0;
    }
}
