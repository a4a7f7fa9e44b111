using System.Buffers;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// The keys of a shard that have records waiting, in the order in which they became ready. Makes batches of them: several keys together, never one key
/// twice at a time. Its owner calls it under its lock.
/// </summary>
internal sealed class LaneSet(bool isUnordered)
{
    private const int MaxSpareLanes = 4096;

    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly Queue<Lane> _ready = new();
    private readonly Queue<LaneWork> _again = new();
    private readonly Stack<Lane> _spare = new();
    private readonly Lane _any = new();

    /// <summary>Whether keys do not matter.</summary>
    public bool IsUnordered => isUnordered;

    /// <summary>Records that are not given out.</summary>
    public int WaitingRecords { get; private set; }

    /// <summary>Appends a record to its key's lane.</summary>
    public void Add(ConsumedRecord record, long ordinal)
    {
        WaitingRecords++;
        var lane = isUnordered ? _any : LaneOf(record.PartitionKey);
        lane.Waiting.Enqueue((record, ordinal));
        if (!lane.IsBusy && lane.Waiting.Count == 1)
            _ready.Enqueue(lane);
    }

    /// <summary>The next work: one that failed and has waited enough, else a batch of what is ready.</summary>
    /// <param name="records">The most records of a fresh batch.</param>
    /// <param name="limit">Only records before this ordinal; below <see cref="long.MaxValue"/> the shard ends here, and what failed is not begun again.</param>
    public LaneWork? Next(int records, long limit = long.MaxValue)
    {
        while (_again.TryDequeue(out var again))
        {
            if (limit == long.MaxValue || (!again.HasFailed && again.Todo.Peek().OrdinalOf(0) < limit))
                return again;
        }

        records = Math.Min(records, WaitingRecords);
        while (_ready.TryPeek(out var first) && first.Waiting.Peek().Ordinal >= limit)
            _ready.Dequeue();
        return _ready.Count == 0 ? null : NewWork(records, limit);
    }

    /// <summary>Puts a work back that is to be delivered again.</summary>
    public void Return(LaneWork work) => _again.Enqueue(work);

    private LaneWork NewWork(int records, long limit)
    {
        var rented = ArrayPool<ConsumedRecord>.Shared.Rent(records);
        // Not pooled: an application may checkpoint a batch long after it returned, and must then find the batch's own ordinals.
        var ordinals = new long[records];
        var lanes = new List<Lane>();
        var count = 0;
        while (count < records && _ready.TryDequeue(out var lane))
        {
            var taken = count;
            while (count < records && lane.Waiting.TryPeek(out var entry) && entry.Ordinal < limit)
                (rented[count], ordinals[count++]) = lane.Waiting.Dequeue();
            if (count == taken)
                continue;
            if (isUnordered)
            {
                if (lane.Waiting.Count > 0)
                    _ready.Enqueue(lane);
                continue;
            }

            lane.IsBusy = true;
            lanes.Add(lane);
        }

        WaitingRecords -= count;
        // A batch is in shard order, whatever the order of its lanes.
        if (lanes.Count > 1)
            Array.Sort(ordinals, rented, 0, count);
        var work = new LaneWork(lanes) { Rented = rented };
        work.Todo.Push(new Segment(new ArraySegment<ConsumedRecord>(rented, 0, count), ordinals));
        return work;
    }

    /// <summary>Frees the keys of a work.</summary>
    public void Finish(LaneWork work)
    {
        // Records that failed may still be referred to by what was cut out of the batch.
        if (work is { Rented: { } rented, HasFailed: false })
            ArrayPool<ConsumedRecord>.Shared.Return(rented, clearArray: true);
        foreach (var lane in work.Lanes)
        {
            lane.IsBusy = false;
            if (lane.Waiting.Count > 0)
            {
                _ready.Enqueue(lane);
                continue;
            }

            _lanes.Remove(lane.Key);
            if (_spare.Count < MaxSpareLanes)
                _spare.Push(lane);
        }
    }

    /// <summary>Cuts segments by key; within a key their order stays.</summary>
    public static Dictionary<string, List<Segment>> SplitByKey(IReadOnlyList<Segment> segments)
    {
        var result = new Dictionary<string, List<Segment>>(StringComparer.Ordinal);
        foreach (var segment in segments)
        {
            var indexes = new Dictionary<string, List<int>>(StringComparer.Ordinal);
            for (var i = 0; i < segment.Count; i++)
            {
                if (!indexes.TryGetValue(segment[i].PartitionKey, out var list))
                    indexes.Add(segment[i].PartitionKey, list = []);
                list.Add(i);
            }

            foreach (var (key, list) in indexes)
            {
                if (!result.TryGetValue(key, out var parts))
                    result.Add(key, parts = []);
                parts.Add(segment.Pick(list, segment.Attempts, segment.IsIsolated, segment.Wait, segment.Error));
            }
        }

        return result;
    }

    private Lane LaneOf(string key)
    {
        if (_lanes.TryGetValue(key, out var lane))
            return lane;
        lane = _spare.TryPop(out var spare) ? spare : new Lane();
        lane.Key = key;
        _lanes.Add(key, lane);
        return lane;
    }
}
