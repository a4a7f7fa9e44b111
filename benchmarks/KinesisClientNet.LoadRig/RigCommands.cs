using System.CommandLine;
using System.CommandLine.Parsing;
using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Consuming;
using KinesisClientNet.LoadRig.Producing;
using KinesisClientNet.LoadRig.Serving;
using KinesisClientNet.LoadRig.Sink;

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
    private static readonly Option<Uri?> EndpointOption = new("--endpoint") { CustomParser = ParseUrl, Description = "Another Kinesis endpoint instead of the sink." };
    private static readonly Option<string> StreamOption = new("--stream") { DefaultValueFactory = _ => "sink", Description = "The stream at that endpoint." };
    private static readonly Option<RetrievalMode> ModeOption = new("--mode") { DefaultValueFactory = _ => RetrievalMode.Polling, Description = "How to read." };
    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print JSON lines." };

    public static RootCommand Build()
    {
        var produce = new Command("produce", "Send records and wait until each has its outcome; beside it the naive baseline.")
        {
            RecordsOption, SizeOption, ShardsOption, RunsOption, TlsOption, NoAggregationOption, DelayOption, EndpointOption, StreamOption, JsonOption,
        };
        produce.SetAction((parsed, cancellationToken) => ProduceCommand.RunAsync(
            new LoadSettings
            {
                Records = parsed.GetValue(RecordsOption),
                RecordBytes = parsed.GetValue(SizeOption),
                Shards = parsed.GetValue(ShardsOption),
                Tls = parsed.GetValue(TlsOption),
                Aggregate = !parsed.GetValue(NoAggregationOption),
                Endpoint = parsed.GetValue(EndpointOption),
                Stream = parsed.GetValue(StreamOption)!,
            },
            parsed.GetValue(RunsOption),
            TimeSpan.FromMilliseconds(parsed.GetValue(DelayOption)),
            parsed.GetValue(JsonOption),
            cancellationToken));

        var sink = new Command("sink", "The counting server of the other commands; they start it themselves.") { ShardsOption, DelayOption };
        sink.SetAction(async parsed =>
        {
            await new SinkServer(parsed.GetValue(ShardsOption), TimeSpan.FromMilliseconds(parsed.GetValue(DelayOption))).RunAsync();
            return 0;
        });
        var root = new RootCommand("Whole-process measurements of KinesisClientNet over loopback.") { produce, Consume(), Latency(), Lanes(), sink, Serve() };
        foreach (var command in ReadingCommands.Build())
            root.Add(command);
        return root;
    }

    private static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https"))
            return url;
        argument.AddError($"--endpoint: '{argument.Tokens[0].Value}' is not an http or https address.");
        return null;
    }

    private static Command Consume()
    {
        var command = new Command("consume", "Drain aggregated records out of Local.Server, with leases and checkpoints.")
        {
            RecordsOption, SizeOption, ShardsOption, RunsOption, ModeOption, JsonOption,
        };
        command.SetAction((parsed, cancellationToken) => ConsumeCommand.RunAsync(
            new LoadSettings { Records = parsed.GetValue(RecordsOption), RecordBytes = parsed.GetValue(SizeOption), Shards = parsed.GetValue(ShardsOption) },
            parsed.GetValue(RunsOption),
            parsed.GetValue(ModeOption),
            parsed.GetValue(JsonOption),
            cancellationToken));
        return command;
    }

    private static Command Latency()
    {
        var rate = new Option<int>("--rate") { DefaultValueFactory = _ => 5_000, Description = "Records per second." };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 10, Description = "How long." };
        var early = new Option<bool>("--early") { Description = "Send early while no call is in flight." };
        var command = new Command("latency", "Time from enqueue to receipt at a steady rate.") { rate, seconds, early, SizeOption, ShardsOption, TlsOption, EndpointOption, StreamOption };
        command.SetAction((parsed, cancellationToken) => LatencyCommand.RunAsync(
            new LoadSettings
            {
                RecordBytes = parsed.GetValue(SizeOption),
                Shards = parsed.GetValue(ShardsOption),
                Tls = parsed.GetValue(TlsOption),
                Early = parsed.GetValue(early),
                Endpoint = parsed.GetValue(EndpointOption),
                Stream = parsed.GetValue(StreamOption)!,
            },
            parsed.GetValue(rate),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            cancellationToken));
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
}
