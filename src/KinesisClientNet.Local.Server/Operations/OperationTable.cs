using System.Collections.Frozen;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>All operations by their target header.</summary>
internal sealed class OperationTable
{
    public const string TargetPrefix = "Kinesis_20131202.";

    private readonly FrozenDictionary<string, Operation> _byTarget;

    /// <summary>Takes the operations of the ports, and the rest when the local service itself is behind them.</summary>
    public OperationTable(IKinesisApi kinesis, IKinesisAdmin admin)
    {
        var local = kinesis as LocalKinesis;
        IEnumerable<Operation>[] groups =
        [
            new RecordOperations(kinesis).All,
            new StreamOperations(kinesis, admin).All,
            new ShardOperations(kinesis, admin).All,
            new ConsumerOperations(kinesis).All,
            local is null ? [] : new SettingOperations(local).All.Select(operation => ThroughGate(local, operation)),
            local is null ? [] : new ResourceOperations(local).All.Select(operation => ThroughGate(local, operation)),
            local is null ? [] : new AccountOperations(local).All.Select(operation => ThroughGate(local, operation)),
        ];
        _byTarget = groups.SelectMany(group => group).ToFrozenDictionary(operation => TargetPrefix + operation.Name, StringComparer.Ordinal);
    }

    /// <summary>The operations of the ports meet faults and limits inside the service; these are not among them.</summary>
    private static Operation ThroughGate(LocalKinesis kinesis, Operation operation)
    {
        var named = Enum.Parse<LocalOperation>(operation.Name);
        return operation with { Run = call => kinesis.CallAsync(named, StreamOf(call), () => operation.Run(call), call.Cancellation) };
    }

    private static StreamReference StreamOf(OperationCall call) =>
        new(call.OptionalText("StreamName"), call.OptionalText("StreamARN") ?? call.OptionalText("ResourceARN"));

    public IEnumerable<Operation> All => _byTarget.Values;

    public Operation? Find(string target) => _byTarget.GetValueOrDefault(target);
}
