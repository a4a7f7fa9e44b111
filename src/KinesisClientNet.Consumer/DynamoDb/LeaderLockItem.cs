using System.Globalization;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>The leader lock as the item of Amazon's DynamoDB lock client 1.4. The duration is a text of milliseconds.</summary>
internal static class LeaderLockItem
{
    private const string Released = "1";

    /// <summary>
    /// What KCL's lock client reads as the duration in a per-worker table: ten years in milliseconds. A Java worker started there by mistake never becomes the leader, and
    /// so never gives leases away whose counters stand still although their worker lives.
    /// </summary>
    private const string NeverExpires = "315360000000";

    /// <summary>Reads the lock. A duration that is none, or beyond the 24 days that a timer takes, counts as the lock client's default in KCL, 120 s.</summary>
    public static LeaderLock? Read(Dictionary<string, AttributeValue>? item)
    {
        if (item is null || LeaseItem.Text(item, OwnerName) is not { } owner || LeaseItem.Text(item, RecordVersionNumber) is not { } version)
            return null;
        var renewal = LeaseItem.Text(item, Renewal) == nameof(LeaseRenewal.PerWorker) ? LeaseRenewal.PerWorker : LeaseRenewal.PerLease;
        var durationText = LeaseItem.Text(item, renewal == LeaseRenewal.PerWorker ? PerWorkerDuration : LeaseDuration);
        var duration = long.TryParse(durationText, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds) : TimeSpan.FromSeconds(120);
        return new(owner, duration, version)
        {
            IsReleased = LeaseItem.Text(item, renewal == LeaseRenewal.PerWorker ? PerWorkerFree : IsReleased) == Released,
            Renewal = renewal,
            Deputy = LeaseItem.Text(item, Deputy),
        };
    }

    /// <summary>Takes the lock: the whole item, if the lock stands as it was seen.</summary>
    public static PutItemRequest Take(LeaderLock? seen, LeaderLock next, string table, string keyAttribute)
    {
        var request = new PutItemRequest
        {
            TableName = table, Item = Item(next, keyAttribute), ConditionExpression = $"attribute_not_exists({keyAttribute})",
        };
        if (seen is null)
            return request;
        request.ConditionExpression = $"attribute_exists({keyAttribute}) AND {RecordVersionNumber} = :seen";
        request.ExpressionAttributeValues = new() { [":seen"] = new() { S = seen.Version } };
        if (!seen.IsReleased || seen.Renewal == LeaseRenewal.PerWorker)
            return request;
        request.ConditionExpression += $" AND {IsReleased} = :released";
        request.ExpressionAttributeValues[":released"] = new() { S = Released };
        return request;
    }

    /// <summary>The heartbeat of the owner.</summary>
    public static UpdateItemRequest Heartbeat(LeaderLock seen, LeaderLock next, string table, string keyAttribute)
    {
        var request = new UpdateItemRequest
        {
            TableName = table,
            Key = Key(keyAttribute),
            UpdateExpression = $"SET {(next.Renewal == LeaseRenewal.PerWorker ? PerWorkerDuration : LeaseDuration)} = :d, {RecordVersionNumber} = :next",
            ConditionExpression = IsMine(keyAttribute),
            ExpressionAttributeValues = new()
            {
                [":d"] = Milliseconds(next), [":next"] = new() { S = next.Version }, [":seen"] = new() { S = seen.Version }, [":me"] = new() { S = seen.Owner },
            },
        };
        if (next.Deputy == seen.Deputy)
            return request;
        if (next.Deputy is null)
        {
            request.UpdateExpression += $" REMOVE {Deputy}";
            return request;
        }

        request.UpdateExpression += $", {Deputy} = :deputy";
        request.ExpressionAttributeValues[":deputy"] = new() { S = next.Deputy };
        return request;
    }

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

    private static Dictionary<string, AttributeValue> Item(LeaderLock next, string keyAttribute)
    {
        var isPerWorker = next.Renewal == LeaseRenewal.PerWorker;
        var item = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            [keyAttribute] = new() { S = LeaderKey },
            [OwnerName] = new() { S = next.Owner },
            [LeaseDuration] = isPerWorker ? new() { S = NeverExpires } : Milliseconds(next),
            [RecordVersionNumber] = new() { S = next.Version },
            [EntityType] = new() { S = LeaderEntity },
        };
        if (isPerWorker)
        {
            item[Renewal] = new() { S = nameof(LeaseRenewal.PerWorker) };
            item[PerWorkerDuration] = Milliseconds(next);
        }

        if (next.IsReleased)
            item[isPerWorker ? PerWorkerFree : IsReleased] = new() { S = Released };
        if (next.Deputy is not null)
            item[Deputy] = new() { S = next.Deputy };
        return item;
    }

    private static string IsMine(string keyAttribute) =>
        $"attribute_exists({keyAttribute}) AND {RecordVersionNumber} = :seen AND {OwnerName} = :me";

    private static AttributeValue Milliseconds(LeaderLock value) =>
        new() { S = ((long)value.Duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) };
}
