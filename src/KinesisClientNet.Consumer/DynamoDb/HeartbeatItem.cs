using System.Diagnostics.CodeAnalysis;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>A worker's heartbeat as an item of its own kind, which KCL skips. Its key cannot be a shard's or a worker's.</summary>
internal static class HeartbeatItem
{
    /// <summary>Whether an item is a heartbeat.</summary>
    public static bool IsHeartbeat(Dictionary<string, AttributeValue> item) => item.TryGetValue(EntityType, out var type) && type.S == HeartbeatEntity;

    /// <summary>A heartbeat's key.</summary>
    public static Dictionary<string, AttributeValue> Key(string workerId) => new() { [LeaseKey] = new() { S = HeartbeatKeyPrefix + workerId } };

    /// <summary>The write of a heartbeat. News stand beside it and are not touched.</summary>
    public static UpdateItemRequest Write(WorkerHeartbeat? seen, WorkerHeartbeat next, string table) => new()
    {
        TableName = table,
        Key = Key(next.WorkerId),
        ConditionExpression = seen is null ? $"attribute_not_exists({LeaseKey})" : "#session = :seen AND #counter = :at",
        UpdateExpression = $"SET {EntityType} = :e, {WorkerId} = :w, #session = :s, #counter = :c",
        ExpressionAttributeNames = Names(),
        ExpressionAttributeValues = new(seen is null ? [] : Seen(seen))
        {
            [":e"] = new() { S = HeartbeatEntity }, [":w"] = new() { S = next.WorkerId }, [":s"] = new() { S = next.Session }, [":c"] = LeaseItem.Number(next.Counter),
        },
        ReturnValues = ReturnValue.ALL_NEW,
        ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
    };

    /// <summary>The deletion of a heartbeat that has not moved since it was seen.</summary>
    public static DeleteItemRequest Delete(WorkerHeartbeat seen, string table) => new()
    {
        TableName = table,
        Key = Key(seen.WorkerId),
        ConditionExpression = "#session = :seen AND #counter = :at",
        ExpressionAttributeNames = Names(),
        ExpressionAttributeValues = Seen(seen),
        ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
    };

    /// <summary>Raises the news of a worker that has a heartbeat.</summary>
    public static UpdateItemRequest Tell(string workerId, string table) => new()
    {
        TableName = table,
        Key = Key(workerId),
        ConditionExpression = $"attribute_exists({LeaseKey})",
        UpdateExpression = $"ADD {News} :one",
        ExpressionAttributeValues = new() { [":one"] = LeaseItem.Number(1) },
    };

    /// <summary>Reads a heartbeat. A malformed row is left alone and counts as none.</summary>
    public static bool TryRead(Dictionary<string, AttributeValue>? item, [NotNullWhen(true)] out WorkerHeartbeat? heartbeat)
    {
        heartbeat = item is not null && LeaseItem.Text(item, WorkerId) is { } worker && LeaseItem.Text(item, Session) is { } session && LeaseItem.Long(item, Counter) is { } counter
            ? new(worker, session, counter) { News = LeaseItem.Long(item, News) ?? 0 } : null;
        return heartbeat is not null;
    }

    // Both are reserved words of DynamoDB's expressions.
    private static Dictionary<string, string> Names() => new() { ["#session"] = Session, ["#counter"] = Counter };

    private static Dictionary<string, AttributeValue> Seen(WorkerHeartbeat seen) => new()
    {
        [":seen"] = new() { S = seen.Session }, [":at"] = LeaseItem.Number(seen.Counter),
    };
}
