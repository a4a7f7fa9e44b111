using System.Text;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>How many bytes DynamoDB charges for a row: the names and values of the very items and requests that the DynamoDB store sends.</summary>
internal static class ItemSize
{
    public static int Of(Lease lease) => Sum(LeaseItem.From(lease));

    public static int Of(WorkerReport report)
    {
        var request = WorkerReportItem.Write(report, "t", LeaseAttributes.LeaseKey);
        return Sum(request.Key) + Sum(Assigned(request));
    }

    public static int Of(LeaderLock row) => Sum(LeaderLockItem.Take(null, row, "t", LeaseAttributes.LeaseKey).Item);

    public static int Of(WorkerHeartbeat heartbeat)
    {
        var request = HeartbeatItem.Write(null, heartbeat, "t");
        return Sum(request.Key) + Sum(Assigned(request)) + (heartbeat.News > 0 ? LeaseAttributes.News.Length + 3 : 0);
    }

    /// <summary>An entry of the owner index: both keys.</summary>
    public static int OfIndexEntry(string leaseKey, string owner) =>
        LeaseAttributes.LeaseKey.Length + LeaseAttributes.LeaseOwner.Length + Encoding.UTF8.GetByteCount(leaseKey) + Encoding.UTF8.GetByteCount(owner);

    /// <summary>The attributes that a SET expression writes.</summary>
    private static Dictionary<string, AttributeValue> Assigned(UpdateItemRequest request) => request.UpdateExpression["SET ".Length..]
        .Split(", ")
        .Select(clause => clause.Split(" = "))
        .ToDictionary(
            parts => request.ExpressionAttributeNames?.GetValueOrDefault(parts[0]) ?? parts[0], parts => request.ExpressionAttributeValues[parts[1]]);

    private static int Sum(Dictionary<string, AttributeValue> item) =>
        item.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + Sum(attribute.Value));

    private static int Sum(AttributeValue value) => value switch
    {
        { S: { } text } => Encoding.UTF8.GetByteCount(text),
        { N: { } number } => (number.Length / 2) + 2,
        { SS: { Count: > 0 } set } => set.Sum(Encoding.UTF8.GetByteCount),
        { B: { } bytes } => (int)bytes.Length,
        { M: { } map } => 3 + Sum(map) + map.Count,
        { L: { } list } => 3 + list.Sum(entry => Sum(entry) + 1),
        _ => 1,
    };
}
