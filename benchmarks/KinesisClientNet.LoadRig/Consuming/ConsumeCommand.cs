using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Measuring;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Measures draining: aggregated records out of a Local.Server in its own process.</summary>
internal static class ConsumeCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int runs, RetrievalMode mode, bool json, CancellationToken cancellationToken)
    {
        await using var server = await ChildProcess.StartAsync(
            ["serve", "--shards", Text(settings.Shards), "--records", Text(settings.Records), "--size", Text(settings.RecordBytes)], cancellationToken);
        var endpoint = new Uri($"http://127.0.0.1:{server.Facts["http"]}");
        var results = new List<RunResult>();
        for (var run = 0; run <= runs; run++)
        {
            GC.Collect();
            var result = await DrainRun.RunAsync(settings, endpoint, mode, cancellationToken);
            if (run > 0)
                results.Add(result); // the first round warms up
        }

        if (json)
            ResultTable.WriteJson([results]);
        else
            ResultTable.Write(string.Create(CultureInfo.InvariantCulture, $"drain {settings.Records:N0} aggregated records of {settings.RecordBytes} B, {settings.Shards} shards, {mode}, leases in memory, {runs} runs, medians; start to stop"), [results]);
        return results.Any(r => r.Failed > 0) ? 1 : 0;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
