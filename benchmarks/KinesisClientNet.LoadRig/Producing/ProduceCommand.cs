using System.Globalization;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Sink;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Measures the producer against the baseline, run by run in turn, and prints medians and the ratio of each pair.</summary>
internal static class ProduceCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int runs, TimeSpan delay, bool json, CancellationToken cancellationToken)
    {
        var results = await MeasureAsync(settings, runs, delay, cancellationToken);
        if (json)
            ResultTable.WriteJson(results);
        else
            ResultTable.Write(Title(settings, runs), results);
        return results.SelectMany(r => r).Any(r => r.Failed > 0) ? 1 : 0;
    }

    public static string Title(LoadSettings settings, int runs) => string.Create(
        CultureInfo.InvariantCulture,
        $"{settings.Records:N0} records of {settings.RecordBytes} B, {settings.Shards} shards, {(settings.Tls ? "TLS" : "plain")}, aggregation {(settings.Aggregate ? "on" : "off")}, {runs} runs, medians");

    public static async Task<IReadOnlyList<IReadOnlyList<RunResult>>> MeasureAsync(LoadSettings settings, int runs, TimeSpan delay, CancellationToken cancellationToken)
    {
        await using var sink = settings.IsSink ? await SinkProcess.StartAsync(settings.Shards, delay, cancellationToken) : null;
        var endpoint = settings.Endpoint ?? (settings.Tls ? sink!.Https : sink!.Http);
        var candidates = new List<Func<Task<RunResult>>>
        {
            () => ProducerRun.BatchCallbackAsync(settings, endpoint, cancellationToken),
            () => ProducerRun.BatchEnqueueAsync(settings, endpoint, cancellationToken),
            () => ProducerRun.AwaitedAsync(settings, endpoint, cancellationToken),
        };
        if (settings.IsSink)
            candidates.Insert(0, () => BaselineRun.RunAsync(settings, endpoint, cancellationToken)); // it does not sign; a real service would refuse it
        return await Rounds.RunAsync(candidates, runs);
    }
}
