using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Measures draining: aggregated records out of a Local.Server in its own process, or whatever another endpoint's stream holds.</summary>
internal static class ConsumeCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int runs, RetrievalMode mode, bool json, CancellationToken cancellationToken)
    {
        var results = await MeasureAsync(settings, runs, mode, cancellationToken);
        if (json)
            ResultTable.WriteJson([results]);
        else
            ResultTable.Write(Title(settings, runs, mode), [results]);
        return results.Any(r => r.Failed > 0) ? 1 : 0;
    }

    public static string Title(LoadSettings settings, int runs, RetrievalMode mode) => string.Create(
        CultureInfo.InvariantCulture,
        $"drain {settings.Records:N0} {(settings.IsSink ? $"aggregated records of {settings.RecordBytes} B, {settings.Shards} shards" : $"records of {settings.Stream}")}, {mode}, leases in memory, {runs} runs, medians; start to stop");

    public static async Task<IReadOnlyList<RunResult>> MeasureAsync(LoadSettings settings, int runs, RetrievalMode mode, CancellationToken cancellationToken)
    {
        await using var server = settings.IsSink ? await LocalService.StartAsync(settings, cancellationToken) : null;
        var endpoint = settings.Endpoint ?? LocalService.EndpointOf(server!);
        return (await Rounds.RunAsync([() => DrainRun.RunAsync(settings, endpoint, mode, cancellationToken)], runs))[0];
    }
}
