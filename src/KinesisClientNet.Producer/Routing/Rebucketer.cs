using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Aggregating;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// Leads Kinesis records that were built under another shard map to the lanes of the present one. A record whose keys still share a shard
/// moves as it is; any other is taken apart and packed anew, in order. Records that waited alone for the first map are packed together: a
/// burst at the start would otherwise cost one Kinesis record each. Outcomes, attempts and deadlines move along. Collector's loop only.
/// </summary>
internal sealed class Rebucketer(AggregatorContext context, RecordCost cost)
{
    private const int MaxKeyBytes = 1024;

    private readonly List<AggregatedUserRecord> _content = [];
    private readonly Dictionary<ShardLane, AggregationWindow> _windows = [];

    /// <summary>Gives the records of a queue, oldest first, their places under the table.</summary>
    /// <param name="queue">Sealed records that are not in flight; empty afterwards.</param>
    /// <param name="table">The present table.</param>
    /// <param name="into">Receives what becomes of them; in order for each lane.</param>
    internal void RebucketAll(LaneQueue queue, RoutingTable table, List<OutboundRecord> into)
    {
        while (queue.Count > 0)
        {
            var record = queue.Take();
            var lane = table.Find(record.MinHashKey);
            if (IsPackable(record, lane))
            {
                Retire(record, [Place(record, Content(record), lane, alone: false, into)]);
                continue;
            }

            SealWindows(into); // so that nothing older comes to stand behind this record
            Rebucket(record, table, into);
        }

        SealWindows(into);
    }

    /// <summary>Gives a record a place under the table.</summary>
    /// <param name="record">A sealed record that is not in flight.</param>
    /// <param name="table">The present table.</param>
    /// <param name="into">Receives what becomes of it, oldest first.</param>
    internal void Rebucket(OutboundRecord record, RoutingTable table, List<OutboundRecord> into)
    {
        var lane = table.Find(record.MinHashKey);
        var staysWhole = !record.IsAggregate || (lane.Shard is not null && lane == table.Find(record.MaxHashKey));
        if (!staysWhole)
        {
            TakeApart(record, table, alone: false, into);
            return;
        }

        record.Lane.AddBufferedBytes(-record.Cost);
        record.Lane = lane;
        lane.AddBufferedBytes(record.Cost);
        into.Add(record);
    }

    /// <summary>Makes one Kinesis record of each user record.</summary>
    internal void Unpack(OutboundRecord record, RoutingTable table, List<OutboundRecord> into) => TakeApart(record, table, alone: true, into);

    /// <summary>Whether a record that waited alone, because its shard was not known, may join others now.</summary>
    private bool IsPackable(OutboundRecord record, ShardLane lane) =>
        context.Options.Enabled && !record.IsAggregate && record.Attempts == 0 && record.PartitionKey is not null
        && record.Lane.Shard is null && lane.Shard is not null && record.EntryBytes < context.Options.MaxBytes;

    private UserRecord Content(OutboundRecord record)
    {
        var key = Encoding.UTF8.GetBytes(record.PartitionKey!);
        return new UserRecord
        {
            PartitionKey = record.PartitionKey,
            KeyUtf8 = key,
            Data = record.Data.Span,
            ExplicitHashKey = record.ExplicitHashKey,
            HashKey = record.FirstHashKey,
            State = record.StateOf(0),
            TraceParent = record.TraceParent,
            Cost = cost.Of(key.Length, record.Data.Length),
            ArrivedAt = record.LastArrivalAt,
        };
    }

    private void TakeApart(OutboundRecord record, RoutingTable table, bool alone, List<OutboundRecord> into)
    {
        _content.Clear();
        if (!AggregatedRecordReader.TryReadVerified(record.Data, _content) || _content.Count != record.Count)
            throw new InvalidOperationException($"An aggregate of {record.Count} records could not be read back ({_content.Count} found).");
        var traceParents = AggregatedTraceParent.Read(record.Data);
        var destinations = new PendingRecord[record.Count];
        Span<byte> utf8 = stackalloc byte[MaxKeyBytes];
        for (var i = 0; i < destinations.Length; i++)
        {
            var content = _content[i];
            var key = utf8[..Encoding.UTF8.GetBytes(content.PartitionKey, utf8)];
            var hashKey = content.ExplicitHashKey ?? PartitionKeyHash.Compute(key);
            var user = new UserRecord
            {
                PartitionKey = content.PartitionKey,
                KeyUtf8 = key,
                Data = content.Data.Span,
                ExplicitHashKey = content.ExplicitHashKey,
                HashKey = hashKey,
                State = record.StateOf(i),
                Cost = cost.Of(key.Length, content.Data.Length),
                TraceParent = i < traceParents.Length ? traceParents[i] : null,
                ArrivedAt = record.LastArrivalAt,
            };
            destinations[i] = Place(record, user, table.Find(hashKey), alone, into);
        }

        SealWindows(into);
        Retire(record, destinations);
    }

    private PendingRecord Place(OutboundRecord origin, in UserRecord user, ShardLane lane, bool alone, List<OutboundRecord> into)
    {
        if (alone || lane.Shard is null)
        {
            var single = Begin(origin, lane);
            var at = AggregationWindow.SealAlone(single, user, context.Pool);
            single.LinkCallersOf(origin);
            Finish(single, into);
            return new PendingRecord(single, at);
        }

        if (!_windows.TryGetValue(lane, out var window))
            _windows[lane] = window = new AggregationWindow(context.Options, context.Pool);
        if (window.Open is null)
            window.Begin(Begin(origin, lane));
        if (!window.TryAppend(user, out var index))
        {
            Finish(window.Seal(), into);
            window.Begin(Begin(origin, lane));
            window.TryAppend(user, out index);
        }

        var place = new PendingRecord(window.Open!, index);
        window.Open!.LinkCallersOf(origin);
        if (window.IsFull)
            Finish(window.Seal(), into);
        return place;
    }

    private OutboundRecord Begin(OutboundRecord origin, ShardLane lane)
    {
        context.Epochs.Join(origin.Epoch);
        var part = new OutboundRecord(lane, origin.Epoch, origin.OpenedAt);
        part.Inherit(origin);
        return part;
    }

    private void SealWindows(List<OutboundRecord> into)
    {
        foreach (var window in _windows.Values)
        {
            if (window.Open is not null)
                Finish(window.Seal(), into);
            window.Release();
        }

        _windows.Clear();
    }

    private static void Finish(OutboundRecord part, List<OutboundRecord> into)
    {
        part.Lane.AddBufferedBytes(part.Cost);
        into.Add(part);
    }

    /// <summary>The record lives on in its parts.</summary>
    private void Retire(OutboundRecord record, PendingRecord[] destinations)
    {
        record.MoveTo(destinations);
        record.Lane.AddBufferedBytes(-record.Cost);
        if (record.ReleaseContent() is { } buffer)
            context.Pool.Return(buffer);
        context.Epochs.Leave(record.Epoch);
    }
}
