using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>A worker's report as KCL's worker-metric item.</summary>
internal static class WorkerReportItem
{
    /// <summary>"Understands the single table": lets a fleet's migration from three tables go on.</summary>
    private const long SingleTableSupport = 1;

    /// <summary>Whether an item is a worker's report.</summary>
    public static bool IsReport(Dictionary<string, AttributeValue> item) => item.TryGetValue(EntityType, out var type) && type.S == WorkerEntity;

    /// <summary>The write of a report: an upsert of the worker's own row.</summary>
    public static UpdateItemRequest Write(WorkerReport report, string table, string keyAttribute)
    {
        var request = new UpdateItemRequest
        {
            TableName = table,
            Key = new() { [keyAttribute] = new() { S = report.WorkerId } },
            UpdateExpression = $"SET {EntityType} = :e, {LastUpdateTime} = :u, {Stats} = :s, {OperatingRange} = :r, {SupportCode} = :c, {SupportLastUpdate} = :u",
            ExpressionAttributeValues = new()
            {
                [":e"] = new() { S = WorkerEntity },
                [":u"] = Seconds(report),
                [":s"] = Map(report.Metrics, values => values.Select(LeaseItem.Number)),
                [":r"] = Map(report.OperatingRanges, value => [LeaseItem.Number(value)]),
                [":c"] = LeaseItem.Number(SingleTableSupport),
            },
        };
        // Beyond KCL's item, and only where it differs from what every Java worker does.
        if (!report.CanLead)
        {
            request.UpdateExpression += $", {CannotLead} = :n";
            request.ExpressionAttributeValues[":n"] = new() { BOOL = true };
        }

        if (!report.Streams.IsEmpty)
        {
            request.UpdateExpression += $", {ListedStreams} = :l";
            request.ExpressionAttributeValues[":l"] = new() { SS = [.. report.Streams] };
        }

        return request;
    }

    /// <summary>The deletion of a report that nobody has written since.</summary>
    public static DeleteItemRequest Delete(WorkerReport report, string table, string keyAttribute) => new()
    {
        TableName = table,
        Key = new() { [keyAttribute] = new() { S = report.WorkerId } },
        ConditionExpression = $"{LastUpdateTime} = :u AND attribute_exists({keyAttribute})",
        ExpressionAttributeValues = new() { [":u"] = Seconds(report) },
    };

    /// <summary>Reads a report. One with a time beyond the calendar is left alone: a bad row must not stop a fleet.</summary>
    public static bool TryRead(Dictionary<string, AttributeValue> item, string keyAttribute, [NotNullWhen(true)] out WorkerReport? report)
    {
        report = null;
        if (LeaseItem.Text(item, keyAttribute) is not { } worker || LeaseItem.Long(item, LastUpdateTime) is not { } seconds
            || seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return false;
        }

        report = new(worker, DateTimeOffset.FromUnixTimeSeconds(seconds))
        {
            Streams = item.TryGetValue(ListedStreams, out var streams) && streams.SS is { Count: > 0 } ids ? [.. ids.Order(StringComparer.Ordinal)] : [],
            CanLead = !(item.TryGetValue(CannotLead, out var cannot) && cannot.BOOL == true),
            Metrics = Lists(item, Stats).ToImmutableDictionary(entry => entry.Key, entry => entry.Values.ToImmutableArray(), StringComparer.Ordinal),
            OperatingRanges = Lists(item, OperatingRange).Where(entry => entry.Values.Count > 0)
                .ToImmutableDictionary(entry => entry.Key, entry => (long)entry.Values[0], StringComparer.Ordinal),
        };
        return true;
    }

    private static AttributeValue Seconds(WorkerReport report) => LeaseItem.Number(report.UpdatedAt.ToUnixTimeSeconds());

    private static AttributeValue Map<T>(ImmutableDictionary<string, T> source, Func<T, IEnumerable<AttributeValue>> list) => new()
    {
        M = source.ToDictionary(entry => entry.Key, entry => new AttributeValue { L = [.. list(entry.Value)] }, StringComparer.Ordinal),
        IsMSet = true,
    };

    private static IEnumerable<(string Key, List<double> Values)> Lists(Dictionary<string, AttributeValue> item, string name)
    {
        if (!item.TryGetValue(name, out var map) || map.M is null)
            yield break;
        foreach (var (key, value) in map.M)
        {
            yield return (key, [.. (value.L ?? []).Select(number =>
                double.TryParse(number.N, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : -1)]);
        }
    }
}
