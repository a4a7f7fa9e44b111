using System.CommandLine;
using System.CommandLine.Parsing;
using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Consuming;
using KinesisClientNet.LoadRig.Leasing;
using KinesisClientNet.LoadRig.Producing;
using KinesisClientNet.LoadRig.Serving;
using KinesisClientNet.LoadRig.Sink;
using KinesisClientNet.LoadRig.Tables;
using KinesisClientNet.LoadRig.Tuning;

namespace KinesisClientNet.LoadRig;

/// <summary>The rig's commands and their options.</summary>
internal static class RigCommands
{
    private static readonly Option<long> RecordsOption = new("--records") { DefaultValueFactory = _ => 1_000_000, Description = "How many records." };
    private static readonly Option<int> SizeOption = new("--size") { DefaultValueFactory = _ => 200, Description = "Payload of a record, in bytes." };
    private static readonly Option<int> ShardsOption = new("--shards") { DefaultValueFactory = _ => 4, Description = "Open shards." };
    private static readonly Option<int> RunsOption = new("--runs") { DefaultValueFactory = _ => 5, Description = "Counted runs; medians are printed." };
    private static readonly Option<bool> TlsOption = new("--tls") { Description = "Use TLS." };
    private static readonly Option<bool> NoAggregationOption = new("--no-aggregation") { Description = "One Kinesis record per user record." };
    private static readonly Option<double> DelayOption = new("--delay-ms") { Description = "The sink waits this long before each answer." };
    private static readonly Option<Uri?> EndpointOption = new("--endpoint") { CustomParser = ParseUrl, Description = "Another Kinesis endpoint instead of the rig's own server. Credentials come from where AWS tools look for them." };
    private static readonly Option<bool> InsecureOption = new("--trust-loopback") { Description = "Do not check the endpoint's certificate. Works for loopback addresses only." };
    private static readonly Option<string?> RegionOption = new("--region") { Description = "The endpoint's region; else as AWS tools find it." };
    private static readonly Option<string> StreamOption = new("--stream") { DefaultValueFactory = _ => "sink", Description = "The stream at that endpoint." };
    private static readonly Option<RetrievalMode> ModeOption = new("--mode") { DefaultValueFactory = _ => RetrievalMode.Polling, Description = "How to read." };
    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print JSON." };
    private static readonly Option<bool> EarlyOption = new("--early") { Description = "Send early while no call is in flight." };
    private static readonly Option<double> RateOption = new("--rate") { DefaultValueFactory = _ => 5_000, Description = "Records per second." };

    public static RootCommand Build()
    {
        var root = new RootCommand("Whole-process measurements of KinesisClientNet over loopback.")
        {
            Produce(), Consume(), Latency(), Lanes(), Leases(), Table(), Tune(), Sink(), Serve(),
        };
        foreach (var command in ReadingCommands.Build())
            root.Add(command);
        return root;
    }

    private static Command Produce()
    {
        var command = new Command("produce", "Send records and wait until each has its outcome; beside it the naive baseline.")
        {
            RecordsOption, SizeOption, ShardsOption, RunsOption, TlsOption, NoAggregationOption, DelayOption, EndpointOption, InsecureOption, RegionOption, StreamOption, JsonOption,
        };
        command.SetAction((parsed, cancellationToken) => ProduceCommand.RunAsync(
            Settings(parsed), parsed.GetValue(RunsOption), TimeSpan.FromMilliseconds(parsed.GetValue(DelayOption)), parsed.GetValue(JsonOption), cancellationToken));
        return command;
    }

    private static Command Consume()
    {
        var command = new Command("consume", "Drain aggregated records out of Local.Server, or --records out of another endpoint's stream, with leases and checkpoints.")
        {
            RecordsOption, SizeOption, ShardsOption, RunsOption, ModeOption, EndpointOption, InsecureOption, RegionOption, StreamOption, JsonOption,
        };
        command.SetAction((parsed, cancellationToken) => ConsumeCommand.RunAsync(
            Settings(parsed), parsed.GetValue(RunsOption), parsed.GetValue(ModeOption), parsed.GetValue(JsonOption), cancellationToken));
        return command;
    }

    private static Command Latency()
    {
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 10, Description = "How long each run is." };
        var runs = new Option<int>("--runs") { DefaultValueFactory = _ => 1, Description = "Counted runs; medians are printed." };
        var command = new Command("latency", "Time from enqueue to receipt at a steady rate.")
        {
            RateOption, seconds, runs, EarlyOption, SizeOption, ShardsOption, TlsOption, EndpointOption, InsecureOption, RegionOption, StreamOption,
        };
        command.SetAction((parsed, cancellationToken) => LatencyCommand.RunAsync(
            Settings(parsed) with { Early = parsed.GetValue(EarlyOption) }, (int)parsed.GetValue(RateOption), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(runs), cancellationToken));
        return command;
    }

    private static Command Lanes()
    {
        var records = new Option<long>("--records") { DefaultValueFactory = _ => 10_000, Description = "How many records." };
        var concurrency = new Option<int>("--concurrency") { DefaultValueFactory = _ => 100, Description = "Key lanes of the shard." };
        var command = new Command("lanes", "An I/O-bound handler on one shard: serial against key lanes.") { records, concurrency };
        command.SetAction((parsed, cancellationToken) => LanesCommand.RunAsync(parsed.GetValue(records), parsed.GetValue(concurrency), cancellationToken));
        return command;
    }

    private static Command Leases()
    {
        var shards = new Option<int>("--shards") { DefaultValueFactory = _ => 1_000, Description = "Shards." };
        var workers = new Option<int>("--workers") { DefaultValueFactory = _ => 10, Description = "Workers, all in this process." };
        var duration = new Option<double>("--lease-seconds") { DefaultValueFactory = _ => 10, Description = "How long a lease lasts." };
        var quiet = new Option<int>("--seconds") { DefaultValueFactory = _ => 30, Description = "How long the quiet fleet is watched." };
        var command = new Command("leases", "A fleet of workers on a quiet stream: time to hold all shards, store calls, take-over.") { shards, workers, duration, quiet };
        command.SetAction((parsed, cancellationToken) => LeasesCommand.RunAsync(
            parsed.GetValue(shards), parsed.GetValue(workers), TimeSpan.FromSeconds(parsed.GetValue(duration)), TimeSpan.FromSeconds(parsed.GetValue(quiet)), cancellationToken));
        return command;
    }

    private static Command Table()
    {
        var only = new Option<string[]>("--only") { DefaultValueFactory = _ => [], Description = $"Only these parts: {string.Join(", ", TableCommand.Parts)}.", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong(TableCommand.Parts);
        var command = new Command("table", "Measure every line of the README's table.") { RunsOption, only, JsonOption };
        command.SetAction((parsed, cancellationToken) => TableCommand.RunAsync(parsed.GetValue(RunsOption), parsed.GetValue(only)!, parsed.GetValue(JsonOption), cancellationToken));
        return command;
    }

    private static Command Tune()
    {
        var p99 = new Option<double?>("--p99-ms") { Description = "The highest p99 from enqueue to outcome." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 4, Description = "How long each choice is tried." };
        var command = new Command("tune", "Find the producer options that reach a rate, or a latency at that rate, at the least cost and CPU.")
        {
            RateOption, p99, seconds, SizeOption, ShardsOption, TlsOption, DelayOption, EndpointOption, InsecureOption, RegionOption, StreamOption, JsonOption,
        };
        command.SetAction((parsed, cancellationToken) => TuneCommand.RunAsync(
            Settings(parsed), new TuneGoal(parsed.GetValue(RateOption), parsed.GetValue(p99)), TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            TimeSpan.FromMilliseconds(parsed.GetValue(DelayOption)), parsed.GetValue(JsonOption), cancellationToken));
        return command;
    }

    private static Command Sink()
    {
        var command = new Command("sink", "The counting server of the other commands; they start it themselves.") { ShardsOption, DelayOption };
        command.SetAction(async parsed =>
        {
            await new SinkServer(parsed.GetValue(ShardsOption), TimeSpan.FromMilliseconds(parsed.GetValue(DelayOption))).RunAsync();
            return 0;
        });
        return command;
    }

    private static Command Serve()
    {
        var command = new Command("serve", "The filled Local.Server of the other commands; they start it themselves.") { ShardsOption, RecordsOption, SizeOption };
        command.SetAction(async parsed =>
        {
            await LocalService.RunAsync(parsed.GetValue(ShardsOption), parsed.GetValue(RecordsOption), parsed.GetValue(SizeOption));
            return 0;
        });
        return command;
    }

    /// <summary>Options that a command does not have give their defaults.</summary>
    private static LoadSettings Settings(ParseResult parsed) => new()
    {
        Records = parsed.GetValue(RecordsOption),
        RecordBytes = parsed.GetValue(SizeOption),
        Shards = parsed.GetValue(ShardsOption),
        Tls = parsed.GetValue(TlsOption),
        Aggregate = !parsed.GetValue(NoAggregationOption),
        Endpoint = parsed.GetValue(EndpointOption),
        TrustLoopbackCertificate = parsed.GetValue(InsecureOption),
        Region = parsed.GetValue(RegionOption),
        Stream = parsed.GetValue(StreamOption) ?? "sink",
    };

    private static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https"))
            return url;
        argument.AddError($"--endpoint: '{argument.Tokens[0].Value}' is not an http or https address.");
        return null;
    }
}
