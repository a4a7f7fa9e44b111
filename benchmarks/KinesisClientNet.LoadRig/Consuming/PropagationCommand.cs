using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Propagation delay at a steady rate: from the acknowledgement of the put to the call of the handler.</summary>
internal static class PropagationCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, int recordsPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# propagation, {recordsPerSecond:N0} records/s of {settings.RecordBytes} B for {duration.TotalSeconds:0} s, {settings.Shards} shards, defaults; ms; the first fifth warms up and is left out"));
        Console.WriteLine("| path | acknowledged to handled: p50 | p99 | max | sent to handled: p50 | p99 | handled |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var isWhole = true;
        foreach (var mode in new[] { RetrievalMode.Polling, RetrievalMode.EnhancedFanOut })
        {
            await using var server = await ChildProcess.StartAsync(["serve", "--shards", Text(settings.Shards), "--records", "0"], cancellationToken);
            var connection = ConsumerSettings.Connection(new Uri($"http://127.0.0.1:{server.Facts["http"]}"), settings);
            await using var api = new KinesisHttpApi(connection);
            isWhole &= Print($"{mode}, loopback HTTP", await new PropagationRun(settings, recordsPerSecond, duration, api).RunAsync(mode, connection, null, cancellationToken));
        }

        // Without a wire what is left is our code and the local service's: event received to handler called is a part of it.
        var local = new LocalKinesis().AddStream(LocalService.Stream, settings.Shards);
        isWhole &= Print(
            $"{RetrievalMode.EnhancedFanOut}, in process",
            await new PropagationRun(settings, recordsPerSecond, duration, local).RunAsync(RetrievalMode.EnhancedFanOut, new(), local, cancellationToken));
        return isWhole ? 0 : 1;
    }

    private static bool Print(string path, PropagationDelays delays)
    {
        var (acknowledged, sent) = (delays.FromAcknowledgement, delays.FromSending);
        Array.Sort(acknowledged);
        Array.Sort(sent);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {path} | {At(acknowledged, 0.5):0.00} | {At(acknowledged, 0.99):0.00} | {At(acknowledged, 1):0.00} | {At(sent, 0.5):0.00} | {At(sent, 0.99):0.00} | {delays.Handled:N0} of {delays.Put:N0} |"));
        return delays.Handled == delays.Put;
    }

    private static double At(double[] sorted, double quantile) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
