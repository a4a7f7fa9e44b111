using Microsoft.Extensions.Configuration;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>
/// The names that a configuration section of a producer or a consumer may hold. A name that nobody reads would be a setting that silently has no
/// effect, so it stops the host. One list for both: they may share a section. A test compares it with the options classes.
/// </summary>
internal static class SettingNames
{
    private const string TagsPrefix = "Leases:Table:Tags:";

    private const string Names = """
        Aggregation:Enabled
        Aggregation:MaxBytes
        Aggregation:MaxRecords
        Aggregation:OuterPartitionKey
        ApplicationName
        Batching:MaxBytes
        Batching:MaxRecords
        Batching:MaxRequestsInFlight
        Buffer:MaxBytes
        Buffer:MaxRecords
        Buffer:WhenFull
        Checkpoint:Interval
        Checkpoint:MinInterval
        Checkpoint:Mode
        Connection:AllowUntrustedLoopbackCertificate
        Connection:AttemptTimeout
        Connection:ConnectTimeout
        Connection:MaxAttempts
        Connection:MaxConnections
        Connection:Profile
        Connection:Region
        Connection:ServiceUrl
        Connection:SubscriptionWindowBytes
        Connection:UseAccountEndpoints
        Connection:UseDualStack
        Connection:UseFips
        Connection:WireFormat
        Failure:Action
        Failure:Bisects
        Failure:DeadLettersWholeKey
        Failure:FirstBackoff
        Failure:IsolatesKeys
        Failure:MaxAttempts
        Failure:MaxBackoff
        Failure:MaxRecordAge
        KeepKeyOrder
        Leases:CanLead
        Leases:Duration
        Leases:HandoverTimeout
        Leases:MaxLeases
        Leases:Table:DeletionProtection
        Leases:Table:IndexTimeout
        Leases:Table:PointInTimeRecovery
        Leases:Table:ProvisionedCapacity
        Leases:Table:ReadCapacityUnits
        Leases:Table:ReadyTimeout
        Leases:Table:RequestTimeout
        Leases:Table:ServiceUrl
        Leases:Table:WriteCapacityUnits
        Leases:TableName
        MaxBufferedTime
        Processing:Concurrency
        Processing:HandlerTimeout
        Processing:HandlerWarningAfter
        Processing:IsUnordered
        Processing:MaxBatchRecords
        Processing:MaxConcurrentHandlers
        Processing:MaxRecordsPerSecond
        Processing:MaxRunAheadRecords
        RecordTtl
        Retrieval:DropsOutOfRangeAggregates
        Retrieval:Mode
        Retrieval:Polling:CallTimeout
        Retrieval:Polling:IdleDelay
        Retrieval:Polling:MaxBytesPerSecond
        Retrieval:Polling:MaxReadsPerSecond
        Retrieval:Polling:MaxRecords
        Retrieval:PrefetchBytes
        Retry:BaseDelay
        Retry:MaxAttempts
        Retry:MaxDelay
        Retry:MaxDoubtfulAttempts
        ShardRateFactor
        ShutdownTimeout
        StartFrom
        StartTimestamp
        StreamArn
        StreamName
        WorkerId
        """;

    private static readonly HashSet<string> Known = new(Names.Split('\n', StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them, as paths inside a section.</summary>
    public static IReadOnlyCollection<string> All => Known;

    /// <summary>What is wrong with the names in the section, each with the nearest right one.</summary>
    public static IEnumerable<string> Unknown(IConfigurationSection section) => Unknown(section, section.Path.Length + 1);

    private static IEnumerable<string> Unknown(IConfigurationSection section, int prefix)
    {
        foreach (var child in section.GetChildren())
        {
            var path = child.Path[prefix..];
            if (Known.Contains(path) || path.StartsWith(TagsPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (child.Value is null && Known.Any(name => name.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase)))
            {
                foreach (var problem in Unknown(child, prefix))
                    yield return problem;
            }
            else
            {
                yield return $"{child.Path} is not a setting; did you mean {Known.MinBy(name => Distance(name, path))}?";
            }
        }
    }

    /// <summary>Levenshtein's distance, upper and lower case being the same.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
