using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// Leads each record to its shard's lane. Callers read an immutable table; only the collector replaces it, and a caller that meets a retired
/// lane waits for the new table: so what was accepted earlier stands before it there.
/// </summary>
internal sealed class RecordRouter(RoutingTable initial)
{
    private RoutingTable _table = initial;

    /// <summary>Held while the table is being replaced.</summary>
    internal Lock SwapGate { get; } = new();

    internal RoutingTable Table => Volatile.Read(ref _table);

    /// <summary>The lane of a hash key, as of now.</summary>
    internal ShardLane LaneOf(UInt128 hashKey) => Table.Find(hashKey);

    /// <summary>Appends a record in its lane.</summary>
    internal PendingRecord Route(in UserRecord record)
    {
        while (true)
        {
            if (Table.Find(record.HashKey).Aggregator.TryAppend(record, out var pending))
                return pending;
            lock (SwapGate)
            {
                // The table is replaced; the next round finds the new one.
            }
        }
    }

    /// <summary>Publishes the next table. Under <see cref="SwapGate"/>.</summary>
    internal void Replace(RoutingTable next) => Volatile.Write(ref _table, next);
}
