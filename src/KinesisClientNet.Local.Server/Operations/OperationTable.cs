using System.Collections.Frozen;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>All operations by their target header.</summary>
internal sealed class OperationTable
{
    public const string TargetPrefix = "Kinesis_20131202.";

    private readonly FrozenDictionary<string, Operation> _byTarget;

    public OperationTable(IKinesisApi kinesis, IKinesisAdmin admin) => _byTarget = new[]
        {
            new RecordOperations(kinesis).All,
            new StreamOperations(kinesis, admin).All,
            new ShardOperations(kinesis, admin).All,
            new ConsumerOperations(kinesis).All,
        }
        .SelectMany(group => group)
        .ToFrozenDictionary(operation => TargetPrefix + operation.Name, StringComparer.Ordinal);

    public IEnumerable<Operation> All => _byTarget.Values;

    public Operation? Find(string target) => _byTarget.GetValueOrDefault(target);
}
