using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// Leads each record to its shard's lane. Callers read an immutable table; only the collector replaces it, and a caller that meets a retired
/// lane waits for the new table: so what was accepted earlier stands before it there.
/// </summary>
internal sealed class RecordRouter(RoutingTable initial)
{
    private RoutingTable _table = initial;
    private bool _isClosed;

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
                // The table is replaced by now, and the next round finds the new one; or there is none any more.
                ObjectDisposedException.ThrowIf(_isClosed, typeof(KinesisProducer));
            }
        }
    }

    /// <summary>Takes no more records. What was accepted is on its way to the collector when this returns.</summary>
    internal void Close()
    {
        lock (SwapGate)
        {
            _isClosed = true;
            CloseLanes(Table);
        }
    }

    /// <summary>Publishes the next table. Under <see cref="SwapGate"/>.</summary>
    internal void Publish(RoutingTable next)
    {
        if (_isClosed)
            CloseLanes(next);
        Volatile.Write(ref _table, next);
    }

    private static void CloseLanes(RoutingTable table)
    {
        foreach (var lane in table.Lanes)
            lane.Aggregator.Close();
        table.Fallback.Aggregator.Close();
    }
}
