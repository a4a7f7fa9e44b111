using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>Sealed Kinesis records of one lane, oldest first. Owned by the collector's loop.</summary>
internal sealed class LaneQueue
{
    private readonly LinkedList<OutboundRecord> _records = new();

    internal int Count => _records.Count;

    /// <summary>Data and key bytes of what waits.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Records that were taken and have not come back.</summary>
    internal int InFlight { get; set; }

    /// <summary>True while the lane's open window is past its deadline but is left to grow, because nothing could be sent anyway.</summary>
    internal bool HoldsDueWindow { get; set; }

    /// <summary>True while the collector visits the lane.</summary>
    internal bool IsActive { get; set; }

    internal OutboundRecord? Oldest => _records.First?.Value;

    internal void Add(OutboundRecord record)
    {
        _records.AddLast(record);
        Bytes += record.EntryBytes;
    }

    /// <summary>Puts a record back before all others: it is older than they are.</summary>
    internal void PutBack(OutboundRecord record)
    {
        _records.AddFirst(record);
        Bytes += record.EntryBytes;
    }

    internal OutboundRecord Take()
    {
        var record = _records.First!.Value;
        _records.RemoveFirst();
        Bytes -= record.EntryBytes;
        return record;
    }
}
