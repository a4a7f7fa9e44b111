using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>Sealed Kinesis records of one lane, oldest first, and what the collector must remember of the lane. Owned by the collector's loop.</summary>
internal sealed class LaneQueue
{
    private const int InitialCapacity = 8;

    private OutboundRecord?[] _ring = [];
    private int _first;

    internal int Count { get; private set; }

    /// <summary>Data and key bytes of what waits.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Records that were taken and are neither settled nor back.</summary>
    internal int InFlight { get; set; }

    /// <summary>True while the lane's open window is past its deadline but is left to grow, because nothing could be sent anyway.</summary>
    internal bool HoldsDueWindow { get; set; }

    /// <summary>True while the collector visits the lane.</summary>
    internal bool IsActive { get; set; }

    /// <summary>Number of the last call that brought this lane a success.</summary>
    internal long LastAcceptedIn { get; set; }

    /// <summary>Number of the last call that brought this lane nothing but failures.</summary>
    internal long LastRefusedIn { get; set; }

    /// <summary>In ordered mode: lanes of an older map whose records in flight must be settled before this lane may send.</summary>
    internal List<LaneQueue>? Predecessors { get; set; }

    internal OutboundRecord? Oldest => Count == 0 ? null : _ring[_first];

    /// <summary>Whether everything that must be stored before this lane's records is settled.</summary>
    internal bool IsNextInOrder
    {
        get
        {
            if (Predecessors is { } before && before.TrueForAll(queue => queue.InFlight == 0))
                Predecessors = null;
            return InFlight == 0 && Predecessors is null;
        }
    }

    internal void Add(OutboundRecord record)
    {
        EnsureRoom();
        _ring[(_first + Count) & (_ring.Length - 1)] = record;
        Count++;
        Bytes += record.EntryBytes;
    }

    /// <summary>Puts a record back before all others: it is older than they are.</summary>
    internal void PutBack(OutboundRecord record)
    {
        EnsureRoom();
        _first = (_first - 1) & (_ring.Length - 1);
        _ring[_first] = record;
        Count++;
        Bytes += record.EntryBytes;
    }

    internal OutboundRecord Take()
    {
        var record = _ring[_first]!;
        _ring[_first] = null;
        _first = (_first + 1) & (_ring.Length - 1);
        Bytes -= record.EntryBytes;
        if (--Count == 0 && _ring.Length > 1024)
            (_ring, _first) = ([], 0);
        return record;
    }

    private void EnsureRoom()
    {
        if (Count < _ring.Length)
            return;
        var larger = new OutboundRecord?[Math.Max(InitialCapacity, _ring.Length * 2)];
        for (var i = 0; i < Count; i++)
            larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (larger, 0);
    }
}
