using System.Globalization;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Core.Service;
using KinesisClientNet.LoadRig.Producing;
using KinesisClientNet.LoadRig.Sink;
using KinesisClientNet.Producer;

namespace KinesisClientNet.LoadRig.Tuning;

/// <summary>
/// Looks for the options that reach a wanted rate or latency at the least cost and CPU: sweeps aggregation size, then buffering time, then calls in
/// flight, each with the best of the others so far. Sends real records to the endpoint.
/// </summary>
internal static class TuneCommand
{
    private static readonly int[] AggregateSizes = [25_600, 51_200, 102_400, 256_000, 512_000];
    private static readonly double[] BufferedMilliseconds = [10, 25, 50, 100, 250, 500];
    private static readonly int[] CallsInFlight = [4, 8, 24, 48];

    public static async Task<int> RunAsync(LoadSettings settings, TuneGoal goal, TimeSpan duration, TimeSpan delay, bool json, CancellationToken cancellationToken)
    {
        await using var sink = settings.IsSink ? await SinkProcess.StartAsync(settings.Shards, delay, cancellationToken) : null;
        var endpoint = settings.Endpoint ?? (settings.Tls ? sink!.Https : sink!.Http);
        var best = await MeasureAsync(new(51_200, TimeSpan.FromMilliseconds(100), 24), print: false); // warms up
        best = await MeasureAsync(best.Choice, print: true);
        foreach (var size in AggregateSizes.Except([best.Choice.AggregateBytes]))
            best = TuneRanking.Better(best, await MeasureAsync(best.Choice with { AggregateBytes = size }, print: true), goal);
        foreach (var time in BufferedMilliseconds.Select(TimeSpan.FromMilliseconds).Except([best.Choice.BufferedTime]))
            best = TuneRanking.Better(best, await MeasureAsync(best.Choice with { BufferedTime = time }, print: true), goal);
        foreach (var calls in CallsInFlight.Except([best.Choice.Calls]))
            best = TuneRanking.Better(best, await MeasureAsync(best.Choice with { Calls = calls }, print: true), goal);

        var isReached = goal.IsReachedBy(best);
        if (!json)
            Console.WriteLine(isReached ? "The cheapest options that reach the goal:" : "No options reached the goal; these came nearest:");
        Console.WriteLine(Fragment(best.Choice, json));
        return isReached ? 0 : 1;

        async Task<TuneOutcome> MeasureAsync(TuneChoice choice, bool print)
        {
            var outcome = await TryAsync(settings, endpoint, choice, goal, duration, cancellationToken);
            if (print && !json)
                Print(outcome, goal);
            return outcome;
        }
    }

    private static async Task<TuneOutcome> TryAsync(
        LoadSettings settings, Uri endpoint, TuneChoice choice, TuneGoal goal, TimeSpan duration, CancellationToken cancellationToken)
    {
        var options = ProducerRun.Options(settings, endpoint);
        (options.Aggregation.MaxBytes, options.MaxBufferedTime, options.Batching.MaxRequestsInFlight) = (choice.AggregateBytes, choice.BufferedTime, choice.Calls);
        await using var http = new KinesisHttpApi(options.Connection);
        var counting = new CountingApi(http);
        var result = await PacedLoad.RunAsync(
            settings,
            settled =>
            {
                options.OnRecordsSettled = settled;
                return new KinesisProducer(options, counting);
            },
            goal.RecordsPerSecond, duration, cancellationToken);
        var perMillion = 1e6 / (goal.RecordsPerSecond * duration.TotalSeconds);
        return new(
            choice, result.RecordsPerSecond, result.Quantile(0.5), result.Quantile(0.99), result.CpuSecondsPerMillion,
            counting.Cost.Units * perMillion, counting.Cost.Calls * perMillion, result.Failed);
    }

    private static void Print(TuneOutcome outcome, TuneGoal goal) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{outcome.Choice.AggregateBytes,7} B, {outcome.Choice.BufferedTime.TotalMilliseconds,3:0} ms, {outcome.Choice.Calls,2} calls: {outcome.RecordsPerSecond:N0} records/s, p50 {outcome.P50:0.0} ms, p99 {outcome.P99:0.0} ms, {outcome.CpuPerMillion:0.00} CPU-s, {outcome.UnitsPerMillion:N0} payload units and {outcome.CallsPerMillion:N0} calls per million, {outcome.Failed} failed{(goal.IsReachedBy(outcome) ? "" : " (goal missed)")}"));

    /// <summary>The settings as a section of appsettings.json.</summary>
    private static string Fragment(TuneChoice choice, bool compact)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new() { Indented = !compact }))
        {
            json.WriteStartObject();
            json.WriteStartObject("Kinesis");
            json.WriteStartObject("Producer");
            json.WriteString("MaxBufferedTime", choice.BufferedTime.ToString("c", CultureInfo.InvariantCulture));
            json.WriteStartObject("Aggregation");
            json.WriteNumber("MaxBytes", choice.AggregateBytes);
            json.WriteEndObject();
            json.WriteStartObject("Batching");
            json.WriteNumber("MaxRequestsInFlight", choice.Calls);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
