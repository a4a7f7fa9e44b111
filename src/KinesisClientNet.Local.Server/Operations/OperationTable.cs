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
            local is null ? [] : new SettingOperations(local).All,
            local is null ? [] : new ResourceOperations(local).All,
            local is null ? [] : new AccountOperations(local).All,
        ];
        _byTarget = groups.SelectMany(group => group).ToFrozenDictionary(operation => TargetPrefix + operation.Name, StringComparer.Ordinal);
    }

    public IEnumerable<Operation> All => _byTarget.Values;

    public Operation? Find(string target) => _byTarget.GetValueOrDefault(target);
}
