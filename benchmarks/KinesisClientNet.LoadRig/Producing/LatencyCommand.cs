using System.Globalization;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Sink;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Time from enqueue to receipt at a steady rate.</summary>
internal static class LatencyCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int recordsPerSecond, TimeSpan duration, int runs, CancellationToken cancellationToken)
    {
        var results = (await MeasureAsync([settings], recordsPerSecond, duration, runs, cancellationToken))[0];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{recordsPerSecond:N0} records/s of {settings.RecordBytes} B for {duration.TotalSeconds:0} s, {settings.Shards} shards, {(settings.Early ? "early when idle" : "default buffering")}: p50 {Of(results, 0.5):0.0} ms, p90 {Of(results, 0.9):0.0} ms, p99 {Of(results, 0.99):0.0} ms, max {Of(results, 1):0.0} ms; {results.Sum(r => r.Failed)} failed, {ResultTable.Median(results.Select(r => r.CpuSecondsPerMillion)):0.00} CPU-s per million; medians of {runs} runs"));
        return results.Any(r => r.Failed > 0) ? 1 : 0;
    }

    /// <summary>Measures several settings in turn; all go to the endpoint of the first.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<RunResult>>> MeasureAsync(
        IReadOnlyList<LoadSettings> candidates, int recordsPerSecond, TimeSpan duration, int runs, CancellationToken cancellationToken)
    {
        var first = candidates[0];
        await using var sink = first.IsSink ? await SinkProcess.StartAsync(first.Shards, TimeSpan.Zero, cancellationToken) : null;
        var endpoint = first.Endpoint ?? (first.Tls ? sink!.Https : sink!.Http);
        return await Rounds.RunAsync([.. candidates.Select(Run)], runs);

        Func<Task<RunResult>> Run(LoadSettings settings) => () => PacedLoad.RunAsync(
            settings,
            settled =>
            {
                var options = ProducerRun.Options(settings, endpoint);
                options.OnRecordsSettled = settled;
                return new KinesisProducer(options);
            },
            recordsPerSecond, duration, cancellationToken);
    }

    public static double Of(IReadOnlyList<RunResult> results, double quantile) => ResultTable.Median(results.Select(r => r.Quantile(quantile)));
}
