using Amazon.DynamoDBv2.Model;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>
/// Which KCL made a lease table, told from what stands in it. KCL 2.x stops at items that are no leases and steals by itself; KCL 3.0 to 3.4 keeps its leader lock
/// and reports in two further tables. Beside such workers this one must not write: it refuses and says what to do (KCL reference, compatibility matrix).
/// </summary>
/// <param name="HasLeases">Whether any lease stands in the table.</param>
/// <param name="HasIndex">Whether the owner index exists; KCL 2.x has none.</param>
/// <param name="HasSingleTableItems">Whether a leader lock or a report stands beside the leases: KCL 3.5, or this library.</param>
/// <param name="ClientVersion">The state of an upgrade from 2.x (<c>cv</c>), or null.</param>
/// <param name="IsMigrated">Whether the move from three tables to one is complete.</param>
internal readonly record struct LeaseTableGeneration(bool HasLeases, bool HasIndex, bool HasSingleTableItems, string? ClientVersion, bool IsMigrated)
{
    public const string ClientVersionKey = "Migration3.0";
    public const string TableMigrationKey = "TableMigration3.5";
    private const string Version3 = "CLIENT_VERSION_3X";
    private const string Complete = "TABLE_MIGRATION_STATUS_COMPLETE";

    /// <summary>Only then the two further tables have to be looked for.</summary>
    public bool MayHaveFurtherTables => HasLeases && HasIndex && !HasSingleTableItems && !IsMigrated;

    /// <summary>Reads the signs.</summary>
    /// <param name="items">Items of the table.</param>
    /// <param name="hasIndex">Whether the owner index exists.</param>
    public static LeaseTableGeneration Of(IReadOnlyCollection<Dictionary<string, AttributeValue>> items, bool hasIndex)
    {
        var byKey = items.Where(item => item.ContainsKey(LeaseKey)).ToLookup(item => item[LeaseKey].S, StringComparer.Ordinal);
        return new(
            items.Any(item => LeaseItem.IsLease(item) && LeaseItem.TryRead(item, out _)),
            hasIndex,
            items.Any(item => LeaseItem.Text(item, EntityType) is WorkerEntity or LeaderEntity),
            byKey[ClientVersionKey].Select(item => LeaseItem.Text(item, "cv")).FirstOrDefault(),
            byKey[TableMigrationKey].Any(item => LeaseItem.Text(item, "tm") == Complete));
    }

    /// <summary>Why this worker must not use the table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="hasCoordinatorTable">Whether KCL 3.0 to 3.4's coordinator table exists.</param>
    /// <param name="coordinatorTable">That table's name.</param>
    /// <param name="adoptsKcl2">Whether the user said that no 2.x worker runs any more.</param>
    /// <returns>The explanation; null when it may.</returns>
    public string? Refusal(string table, bool hasCoordinatorTable, string coordinatorTable, bool adoptsKcl2)
    {
        if (!HasLeases)
            return null;
        if (ClientVersion is not null and not Version3)
        {
            return $"Lease table '{table}' belongs to KCL workers in the middle of an upgrade from 2.x ({ClientVersion}). " +
                $"Finish the upgrade with the Java workers until '{ClientVersionKey}' says {Version3}, then start this worker. Nothing was written.";
        }

        if (!HasIndex && !HasSingleTableItems && !adoptsKcl2)
        {
            return $"Lease table '{table}' was made by KCL 2.x: it has leases and no index {OwnerIndex}. 2.x workers take leases by themselves and stop at rows of newer versions, so both cannot share it. " +
                $"Either upgrade the Java workers to KCL 3.5 first; or stop all of them, set Leases.Table.{nameof(LeaseTableOptions.AdoptKcl2Table)} = true and start this worker: checkpoints are kept, the index is added. Nothing was written.";
        }

        return hasCoordinatorTable && MayHaveFurtherTables
            ? $"Lease table '{table}' belongs to KCL 3.0 to 3.4 workers, which keep their leader lock and reports in further tables ('{coordinatorTable}'). " +
              $"Either upgrade them to KCL 3.5 and complete its single-table migration; or stop all of them and delete '{coordinatorTable}' and its sister '...-WorkerMetricStats': checkpoints are in the lease table and are kept. Nothing was written."
            : null;
    }
}
