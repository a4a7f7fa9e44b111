using System.CommandLine;
using KinesisClientNet.LoadRig.Producing;
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
    private static readonly Option<Uri?> EndpointOption = new("--endpoint") { Description = "Another Kinesis endpoint instead of the sink." };
    private static readonly Option<string> StreamOption = new("--stream") { DefaultValueFactory = _ => "sink", Description = "The stream at that endpoint." };
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
        return new RootCommand("Whole-process measurements of KinesisClientNet over loopback.") { produce, sink };
    }
}
