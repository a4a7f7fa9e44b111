using System.CommandLine;
using KinesisClientNet.Consumer;
using KinesisClientNet.LoadRig.Consuming;

namespace KinesisClientNet.LoadRig;

/// <summary>The commands about reading beside draining: delay, memory, idle cost.</summary>
internal static class ReadingCommands
{
    public static IEnumerable<Command> Build() => [Propagation(), Memory(), Idle()];

    private static Command Propagation()
    {
        var (rate, seconds, size, shards) = (Number("--rate", 1_000, "Records per second."), Number("--seconds", 10, "How long."), Number("--size", 200, "Payload of a record, in bytes."), Shards(4));
        var command = new Command("propagation", "Time from a put's acknowledgement to the handler's call: polling, enhanced fan-out, enhanced fan-out in process.") { rate, seconds, size, shards };
        command.SetAction((parsed, cancellationToken) => PropagationCommand.RunAsync(
            new LoadSettings { RecordBytes = parsed.GetValue(size), Shards = parsed.GetValue(shards) },
            parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken));
        return command;
    }

    private static Command Memory()
    {
        var (budget, size, records, shards, mode) = (
            Number("--budget", 64, "Retrieval.PrefetchBytes, in MiB."), Number("--size", 40_000, "Payload of a record, in bytes."),
            Number("--records", 20_000, "How many records."), Shards(64), Mode());
        var command = new Command("memory", "Resident memory against the prefetch budget, with blocked handlers and then while draining.") { budget, size, records, shards, mode };
        command.SetAction((parsed, cancellationToken) => MemoryCommand.RunAsync(
            new LoadSettings { Records = parsed.GetValue(records), RecordBytes = parsed.GetValue(size), Shards = parsed.GetValue(shards) },
            parsed.GetValue(budget), parsed.GetValue(mode), cancellationToken));
        return command;
    }

    private static Command Idle()
    {
        var (seconds, shards, mode) = (Number("--seconds", 30, "How long."), Shards(100), Mode());
        var command = new Command("idle", "CPU of a consumer of quiet shards.") { seconds, shards, mode };
        command.SetAction((parsed, cancellationToken) => IdleCommand.RunAsync(
            new LoadSettings { Shards = parsed.GetValue(shards) }, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(mode), cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, int value, string description) => new(name) { DefaultValueFactory = _ => value, Description = description };

    private static Option<int> Shards(int value) => Number("--shards", value, "Open shards.");

    private static Option<RetrievalMode> Mode() => new("--mode") { DefaultValueFactory = _ => RetrievalMode.Polling, Description = "How to read." };
}
