using System.Globalization;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>The leader lock as the item of Amazon's DynamoDB lock client 1.4. The duration is a text of milliseconds.</summary>
internal static class LeaderLockItem
{
    private const string Released = "1";

    /// <summary>Reads the lock. A duration that is none, or beyond the 24 days that a timer takes, counts as the lock client's default in KCL, 120 s.</summary>
    public static LeaderLock? Read(Dictionary<string, AttributeValue>? item)
    {
        if (item is null || LeaseItem.Text(item, OwnerName) is not { } owner || LeaseItem.Text(item, RecordVersionNumber) is not { } version)
            return null;
        var duration = long.TryParse(LeaseItem.Text(item, LeaseDuration), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.FromSeconds(120);
        return new(owner, duration, version) { IsReleased = LeaseItem.Text(item, IsReleased) == Released };
    }

    /// <summary>Takes the lock: the whole item, if the lock stands as it was seen.</summary>
    public static PutItemRequest Take(LeaderLock? seen, LeaderLock next, string table, string keyAttribute)
    {
        var request = new PutItemRequest
        {
            TableName = table,
            Item = new()
            {
                [keyAttribute] = new() { S = LeaderKey },
                [OwnerName] = new() { S = next.Owner },
                [LeaseDuration] = Milliseconds(next),
                [RecordVersionNumber] = new() { S = next.Version },
                [EntityType] = new() { S = LeaderEntity },
            },
            ConditionExpression = $"attribute_not_exists({keyAttribute})",
        };
        if (seen is null)
            return request;
        request.ConditionExpression = $"attribute_exists({keyAttribute}) AND {RecordVersionNumber} = :seen";
        request.ExpressionAttributeValues = new() { [":seen"] = new() { S = seen.Version } };
        if (!seen.IsReleased)
            return request;
        request.ConditionExpression += $" AND {IsReleased} = :released";
        request.ExpressionAttributeValues[":released"] = new() { S = Released };
        return request;
    }

    /// <summary>The heartbeat of the owner.</summary>
    public static UpdateItemRequest Heartbeat(LeaderLock seen, LeaderLock next, string table, string keyAttribute) => new()
    {
        TableName = table,
        Key = Key(keyAttribute),
        UpdateExpression = $"SET {LeaseDuration} = :d, {RecordVersionNumber} = :next",
        ConditionExpression = IsMine(keyAttribute),
        ExpressionAttributeValues = new()
        {
            [":d"] = Milliseconds(next), [":next"] = new() { S = next.Version }, [":seen"] = new() { S = seen.Version }, [":me"] = new() { S = seen.Owner },
        },
    };

    /// <summary>Gives the lock up.</summary>
    public static DeleteItemRequest Release(LeaderLock seen, string table, string keyAttribute) => new()
    {
        TableName = table,
        Key = Key(keyAttribute),
        ConditionExpression = IsMine(keyAttribute),
        ExpressionAttributeValues = new() { [":seen"] = new() { S = seen.Version }, [":me"] = new() { S = seen.Owner } },
    };

    /// <summary>The lock's key.</summary>
    public static Dictionary<string, AttributeValue> Key(string keyAttribute) => new() { [keyAttribute] = new() { S = LeaderKey } };

    private static string IsMine(string keyAttribute) =>
        $"attribute_exists({keyAttribute}) AND {RecordVersionNumber} = :seen AND {OwnerName} = :me";

    private static AttributeValue Milliseconds(LeaderLock value) =>
        new() { S = ((long)value.Duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) };
}
