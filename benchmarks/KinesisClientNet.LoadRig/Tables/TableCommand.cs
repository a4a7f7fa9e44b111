using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Consuming;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Producing;

namespace KinesisClientNet.LoadRig.Tables;

/// <summary>Measures everything that the README's table holds, and prints it anew. About ten minutes with five counted runs.</summary>
internal static class TableCommand
{
    private const int LatencyRate = 5_000;
    private static readonly TimeSpan LatencyTime = TimeSpan.FromSeconds(6);

    /// <summary>The parts that can be asked for by name.</summary>
    public static readonly string[] Parts = ["produce", "produce-1k", "codec", "consume", "fan-out", "latency", "events", "idle"];

    public static async Task<int> RunAsync(int runs, IReadOnlyCollection<string> only, bool json, CancellationToken cancellationToken)
    {
        var rows = new List<TableRow>();
        foreach (var part in Parts.Where(part => only.Count == 0 || only.Contains(part)))
        {
            await Console.Error.WriteLineAsync($"measuring {part} ...");
            rows.AddRange(await MeasureAsync(part, runs, cancellationToken));
        }

        if (json)
            TablePrinter.WriteJson(rows, runs);
        else
            TablePrinter.Write(rows, runs);
        return 0;
    }

    private static Task<IReadOnlyList<TableRow>> MeasureAsync(string part, int runs, CancellationToken cancellationToken) => part switch
    {
        "produce" => ProduceAsync(new LoadSettings { Records = 1_000_000 }, runs, new(0.7, 1.0, 1_500_000, 0, 100), cancellationToken),
        "produce-1k" => ProduceAsync(new LoadSettings { Records = 300_000, RecordBytes = 1024 }, runs, new(2.5, null, null, null, null), cancellationToken),
        "codec" => Task.FromResult(Codec(runs)),
        "consume" => ConsumeAsync(runs, cancellationToken),
        "fan-out" => FanOutAsync(runs, cancellationToken),
        "latency" => LatencyAsync(runs, cancellationToken),
        "events" => EventsAsync(runs, cancellationToken),
        _ => IdleAsync(runs, cancellationToken),
    };

    private static async Task<IReadOnlyList<TableRow>> ProduceAsync(LoadSettings settings, int runs, ProduceTargets targets, CancellationToken cancellationToken)
    {
        var results = await ProduceCommand.MeasureAsync(settings, runs, TimeSpan.Zero, cancellationToken);
        var command = $"produce --tls --size {settings.RecordBytes} --records {settings.Records}";
        var rows = new List<TableRow>();
        foreach (var (row, index) in results.Select((row, index) => (row, index)))
        {
            var (name, isBaseline, isAwaited) = ($"produce {settings.RecordBytes} B, TLS, {row[0].Name}", index == 0, index == results.Count - 1);
            double? TargetOf(double? callback, double? awaited = null) => isBaseline ? null : isAwaited ? awaited : callback;
            rows.Add(new($"{name}: CPU", "CPU-s per million", Of(row, r => r.CpuSecondsPerMillion), TargetOf(targets.Cpu, targets.AwaitedCpu), true, Ratio(row, results[0], r => r.CpuSecondsPerMillion), command));
            rows.Add(new($"{name}: rate", "records/s", Of(row, r => r.RecordsPerSecond), TargetOf(targets.Rate), false, Ratio(row, results[0], r => r.RecordsPerSecond), command));
            rows.Add(new($"{name}: allocated", "B a record", Of(row, r => r.AllocatedPerRecord), TargetOf(targets.Allocated, targets.AwaitedAllocated), true, Ratio(row, results[0], r => r.AllocatedPerRecord), command));
        }

        return rows;
    }

    private static IReadOnlyList<TableRow> Codec(int runs)
    {
        var (write, read) = (CodecRun.Run(runs, decode: false), CodecRun.Run(runs, decode: true));
        return
        [
            new("aggregates written, 200 B, with digest and key hashes", "records/s a core", Of(write, PerCore), 2_500_000, false, null, "table --only codec"),
            new("aggregates read, 200 B, with digest", "records/s a core", Of(read, PerCore), 5_000_000, false, null, "table --only codec"),
        ];

        static double PerCore(RunResult run) => run.Records / run.Usage.Cpu.TotalSeconds;
    }

    private static async Task<IReadOnlyList<TableRow>> ConsumeAsync(int runs, CancellationToken cancellationToken)
    {
        var few = await ConsumeCommand.MeasureAsync(new LoadSettings { Shards = 4 }, runs, RetrievalMode.Polling, cancellationToken);
        var many = await ConsumeCommand.MeasureAsync(new LoadSettings { Shards = 64 }, runs, RetrievalMode.Polling, cancellationToken);
        return [.. Drain("drain 1 M of 200 B, 4 shards, polling", few, 2_000_000, 0.5, "consume"), .. Drain("same, 64 shards", many, null, null, "consume --shards 64")];
    }

    private static async Task<IReadOnlyList<TableRow>> FanOutAsync(int runs, CancellationToken cancellationToken) => Drain(
        "drain 1 M of 200 B, 4 shards, enhanced fan-out",
        await ConsumeCommand.MeasureAsync(new LoadSettings { Shards = 4 }, runs, RetrievalMode.EnhancedFanOut, cancellationToken),
        null, null, "consume --mode EnhancedFanOut");

    private static IReadOnlyList<TableRow> Drain(string name, IReadOnlyList<RunResult> results, double? rate, double? cpu, string command) =>
    [
        new($"{name}: rate", "records/s", Of(results, r => r.RecordsPerSecond), rate, false, null, command),
        new($"{name}: CPU", "CPU-s per million", Of(results, r => r.CpuSecondsPerMillion), cpu, true, null, command),
        new($"{name}: allocated", "B a record", Of(results, r => r.AllocatedPerRecord), null, true, null, command),
    ];

    private static async Task<IReadOnlyList<TableRow>> LatencyAsync(int runs, CancellationToken cancellationToken)
    {
        var settings = new LoadSettings();
        var results = await LatencyCommand.MeasureAsync([settings, settings with { Early = true }], LatencyRate, LatencyTime, runs, cancellationToken);
        var (usual, early) = (results[0], results[1]);
        const string Command = "latency --tls";
        return
        [
            new("latency at 5,000/s, 100 ms buffering: p50", "ms", Of(usual, r => r.Quantile(0.5)), null, true, null, Command),
            new("latency at 5,000/s, 100 ms buffering: p99", "ms", Of(usual, r => r.Quantile(0.99)), 105, true, null, Command),
            new("latency at 5,000/s, 100 ms buffering: CPU", "CPU-s per million", Of(usual, r => r.CpuSecondsPerMillion), null, true, null, Command),
            new("same, early when idle: p50", "ms", Of(early, r => r.Quantile(0.5)), 10, true, null, $"{Command} --early"),
            new("same, early when idle: p99", "ms", Of(early, r => r.Quantile(0.99)), 105, true, null, $"{Command} --early"),
            new("same, early when idle: CPU", "CPU-s per million", Of(early, r => r.CpuSecondsPerMillion), null, true, null, $"{Command} --early"),
        ];
    }

    private static async Task<IReadOnlyList<TableRow>> EventsAsync(int runs, CancellationToken cancellationToken)
    {
        var results = new List<RunResult>();
        for (var run = 0; run <= runs; run++)
        {
            var result = await EventRun.RunAsync(500, cancellationToken);
            if (run > 0)
                results.Add(result);
        }

        return
        [
            new("enhanced fan-out, event to handler: p50", "ms", Of(results, r => r.Quantile(0.5)), 0.2, true, null, "table --only events"),
            new("enhanced fan-out, event to handler: p99", "ms", Of(results, r => r.Quantile(0.99)), 1, true, null, "table --only events"),
        ];
    }

    private static async Task<IReadOnlyList<TableRow>> IdleAsync(int runs, CancellationToken cancellationToken) =>
    [
        new("100 quiet shards, polling", "% of a core", Sample.Of(await IdleRun.RunAsync(100, runs, TimeSpan.FromSeconds(5), cancellationToken)), 2, true, null, "table --only idle"),
    ];

    private static Sample Of(IReadOnlyList<RunResult> results, Func<RunResult, double> value) => Sample.Of(results.Select(value));

    private static double Ratio(IReadOnlyList<RunResult> row, IReadOnlyList<RunResult> baseline, Func<RunResult, double> value) =>
        ResultTable.Median(row.Zip(baseline, (mine, theirs) => value(mine) / value(theirs)));

    /// <summary>What the producer aims at; null for nothing.</summary>
    private sealed record ProduceTargets(double? Cpu, double? AwaitedCpu, double? Rate, double? Allocated, double? AwaitedAllocated);
}
