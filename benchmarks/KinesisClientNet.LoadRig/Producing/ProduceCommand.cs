using System.Globalization;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Sink;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>Measures the producer against the baseline, run by run in turn, and prints medians and the ratio of each pair.</summary>
internal static class ProduceCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int runs, TimeSpan delay, bool json, CancellationToken cancellationToken)
    {
        await using var sink = settings.Endpoint is null ? await SinkProcess.StartAsync(settings.Shards, delay, cancellationToken) : null;
        var endpoint = settings.Endpoint ?? (settings.Tls ? sink!.Https : sink!.Http);
        var candidates = new List<Func<Task<RunResult>>>
        {
            () => BaselineRun.RunAsync(settings, endpoint, cancellationToken),
            () => ProducerRun.BatchCallbackAsync(settings, endpoint, cancellationToken),
            () => ProducerRun.AwaitedAsync(settings, endpoint, cancellationToken),
        };
        if (settings.Endpoint is not null)
            candidates.RemoveAt(0); // the baseline does not sign; a real service would refuse it

        var results = candidates.Select(_ => new List<RunResult>()).ToList();
        for (var run = 0; run <= runs; run++)
        {
            for (var c = 0; c < candidates.Count; c++)
            {
                GC.Collect();
                var result = await candidates[c]();
                if (run > 0)
                    results[c].Add(result); // the first round warms up
            }
        }

        if (json)
            ResultTable.WriteJson(results);
        else
            ResultTable.Write(string.Create(CultureInfo.InvariantCulture, $"{settings.Records:N0} records of {settings.RecordBytes} B, {settings.Shards} shards, {(settings.Tls ? "TLS" : "plain")}, aggregation {(settings.Aggregate ? "on" : "off")}, {runs} runs, medians"), results);
        return results.SelectMany(r => r).Any(r => r.Failed > 0) ? 1 : 0;
    }
}
