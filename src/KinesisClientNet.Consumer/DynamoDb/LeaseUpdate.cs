using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>
/// Translates a lease write that changes an existing row into one UpdateItem with expressions: the same conditions and changes as KCL's legacy
/// requests (reference: KCL 3.5, "every write, with its exact condition" and "expression equivalents").
/// </summary>
internal sealed class LeaseUpdate
{
    private readonly StringBuilder _condition = new();
    private readonly List<string> _set = [];
    private readonly List<string> _remove = [];
    private readonly List<string> _add = [];
    private readonly Dictionary<string, AttributeValue> _values = new(StringComparer.Ordinal);

    /// <summary>The request of a write.</summary>
    /// <exception cref="ArgumentException">The write is not an update.</exception>
    public static UpdateItemRequest For(LeaseWrite write, string table)
    {
        var update = new LeaseUpdate();
        switch (write)
        {
            case RenewLease renew: update.Renew(renew); break;
            case ClaimLease claim: update.Claim(claim); break;
            case AssignLease assign: update.Assign(assign); break;
            case StartHandover handover: update.Handover(handover); break;
            case EvictLease evict: update.Evict(evict); break;
            case CheckpointLease checkpoint: update.CheckpointRow(checkpoint); break;
            case DescribeLease describe: update.Describe(describe); break;
            default: throw new ArgumentException($"{write.GetType().Name} is not an update.", nameof(write));
        }

        return update.Build(table, write.LeaseKey);
    }

    private void Renew(RenewLease write)
    {
        When(Equal(LeaseCounter, ":c", LeaseItem.Number(write.Counter)));
        if (!write.IsHandoverKnown)
            When(Absent(CheckpointOwner));
        Set(LeaseCounter, ":c1", LeaseItem.Number(write.Counter + 1));
        if (write.ThroughputKBps is { } throughput)
            Set(ThroughputKBps, ":t", LeaseItem.Number(throughput));
    }

    private void Claim(ClaimLease write)
    {
        When(Equal(LeaseOwner, ":me", new() { S = write.Owner }));
        When(Absent(CheckpointOwner));
        Add(LeaseCounter);
    }

    private void Assign(AssignLease write)
    {
        WhenExists(write.LeaseKey);
        WhenOwners(write.KnownOwner, write.KnownCheckpointOwner);
        if (write.KnownCounter is { } counter)
            When(Equal(LeaseCounter, ":c", LeaseItem.Number(counter)));
        Set(LeaseOwner, ":n", new() { S = write.NewOwner });
        _remove.Add(CheckpointOwner);
        Add(LeaseCounter);
        if (write.CountsAsSwitch)
            Add(OwnerSwitches);
    }

    private void Handover(StartHandover write)
    {
        WhenExists(write.LeaseKey);
        WhenOwners(write.CurrentOwner, null);
        Set(LeaseOwner, ":n", new() { S = write.NewOwner });
        _set.Add($"{CheckpointOwner} = :o");
    }

    private void Evict(EvictLease write)
    {
        WhenExists(write.LeaseKey);
        WhenOwners(write.KnownOwner, write.KnownCheckpointOwner);
        if (write.KnownCheckpointOwner is null)
            _remove.Add(LeaseOwner);
        _remove.Add(CheckpointOwner);
        Add(LeaseCounter);
    }

    private void CheckpointRow(CheckpointLease write)
    {
        When(Equal(LeaseCounter, ":c", LeaseItem.Number(write.Counter)));
        Set(LeaseCounter, ":c1", LeaseItem.Number(write.Counter + 1));
        Set(Checkpoint, ":p", new() { S = write.Checkpoint.CheckpointText });
        Set(CheckpointSubSequenceNumber, ":ps", LeaseItem.Number(write.Checkpoint.SubSequenceNumber));
        Set(OwnerSwitches, ":zero", LeaseItem.Number(0));
        _remove.Add(PendingCheckpoint);
        _remove.Add(PendingCheckpointSubSequenceNumber);
        _remove.Add(PendingCheckpointState);
        if (write.ThroughputKBps is { } throughput)
            Set(ThroughputKBps, ":t", LeaseItem.Number(throughput));
        DescribeShard(write.ChildShardIds, write.HashKeyRange);
    }

    private void Describe(DescribeLease write)
    {
        WhenExists(write.LeaseKey);
        DescribeShard(write.ChildShardIds, write.HashKeyRange);
    }

    private void DescribeShard(System.Collections.Immutable.ImmutableArray<string> children, Core.Sharding.HashKeyRange? range)
    {
        if (!children.IsEmpty)
            Set(ChildShardIds, ":children", new() { SS = [.. children] });
        if (range is not { } known)
            return;
        Set(StartingHashKey, ":first", LeaseItem.HashKey(known.Start));
        Set(EndingHashKey, ":last", LeaseItem.HashKey(known.End));
    }

    private void WhenExists(string leaseKey) => When(Equal(LeaseKey, ":k", new() { S = leaseKey }));

    private void WhenOwners(string? owner, string? checkpointOwner)
    {
        When(owner is null ? Absent(LeaseOwner) : Equal(LeaseOwner, ":o", new() { S = owner }));
        When(checkpointOwner is null ? Absent(CheckpointOwner) : Equal(CheckpointOwner, ":co", new() { S = checkpointOwner }));
    }

    private void When(string condition) => _condition.Append(_condition.Length == 0 ? "" : " AND ").Append(condition);

    private string Equal(string attribute, string placeholder, AttributeValue value)
    {
        _values[placeholder] = value;
        return $"{attribute} = {placeholder}";
    }

    private static string Absent(string attribute) => $"attribute_not_exists({attribute})";

    private void Set(string attribute, string placeholder, AttributeValue value) => _set.Add(Equal(attribute, placeholder, value));

    private void Add(string attribute)
    {
        _values[":one"] = LeaseItem.Number(1);
        _add.Add($"{attribute} :one");
    }

    private UpdateItemRequest Build(string table, string leaseKey)
    {
        var expression = new StringBuilder();
        Append("SET", _set);
        Append("REMOVE", _remove);
        Append("ADD", _add);
        return new()
        {
            TableName = table,
            Key = new() { [LeaseKey] = new() { S = leaseKey } },
            ConditionExpression = _condition.ToString(),
            UpdateExpression = expression.ToString(),
            ExpressionAttributeValues = _values,
            ReturnValues = ReturnValue.ALL_NEW,
            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
        };

        void Append(string verb, List<string> clauses)
        {
            if (clauses.Count > 0)
                expression.Append(expression.Length == 0 ? "" : " ").Append(verb).Append(' ').AppendJoin(", ", clauses);
        }
    }
}
