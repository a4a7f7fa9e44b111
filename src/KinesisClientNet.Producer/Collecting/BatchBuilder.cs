using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>
/// Builds a call out of the lanes that may send: when something is due, or when a call is full. Blocked lanes are passed over, so a hot
/// shard never holds the others up (KPL #343). Owned by the collector's loop.
/// </summary>
internal sealed class BatchBuilder(CollectorOptions options, RetryAllowance retries)
{
    /// <summary>How many records a lane may add before the next lane has its turn.</summary>
    private const int Quantum = 8;

    /// <summary>A call that only asks whether an outage is over carries little: it may be stored and sent again.</summary>
    private const int ProbeRecords = 16;

    private readonly List<ShardLane> _active = [];
    /// <summary>How many records of a lane others may overtake in ordered mode, because an older one of their key is in the call.</summary>
    private const int MaxOvertaken = 2_000;

    private readonly HashSet<UInt128> _keys = [];
    private readonly List<OutboundRecord> _overtaken = [];
    private int _turn;

    /// <summary>Records begun up to here are due at once: somebody waits for a flush.</summary>
    internal long FlushedUpTo { get; set; } = long.MinValue;

    /// <summary>Records begun up to here are due in this round: no call is in flight whose answer they could wait for.</summary>
    internal long EarlyUpTo { get; set; } = long.MinValue;

    /// <summary>True until the first map was read or refused; meanwhile records without a lane wait for it, so that they can be packed.</summary>
    internal bool AwaitsFirstMap { get; set; } = true;

    internal IReadOnlyList<ShardLane> Active => _active;

    /// <summary>How many more bytes would have filled a call at the last look; at least 1.</summary>
    internal long MissingBytes { get; private set; } = 1;

    /// <summary>How many more records would have filled a call at the last look; at least 1.</summary>
    internal int MissingRecords { get; private set; } = 1;

    internal void Activate(ShardLane lane)
    {
        if (lane.Queue.IsActive)
            return;
        lane.Queue.IsActive = true;
        _active.Add(lane);
    }

    internal bool IsDue(OutboundRecord record, long now) =>
        now - record.OpenedAt >= options.LingerTicks || IsUrgent(record) || record.Attempts > 0;

    /// <summary>Due before its deadline.</summary>
    internal bool IsUrgent(OutboundRecord record) => record.OpenedAt <= FlushedUpTo || record.OpenedAt <= EarlyUpTo;

    internal bool IsExpired(OutboundRecord record, long now) => options.TtlTicks is { } ttl && now - record.LastArrivalAt > ttl;

    internal bool CanSend(ShardLane lane, long now) =>
        lane.Limiter.CanSend(now) && (!options.KeepsOrder || lane.Queue.IsNextInOrder) && !IsHeldByAllowance(lane.Queue.Oldest, now);

    /// <summary>Builds a call.</summary>
    /// <param name="now">Now.</param>
    /// <param name="isProbe">Whether it only asks if an outage is over.</param>
    /// <param name="expired">Receives records that grew too old; they are in no call.</param>
    /// <param name="wakeAt">When to look again, if no event comes before.</param>
    /// <returns>Null when nothing needs to be sent now.</returns>
    internal PutRecordsBatch? TryBuild(long now, bool isProbe, List<OutboundRecord> expired, out long wakeAt)
    {
        if (!IsWorthACall(now, isProbe, expired, out wakeAt))
            return null;
        var batch = new PutRecordsBatch();
        var maxRecords = isProbe ? Math.Min(ProbeRecords, options.MaxRecords) : options.MaxRecords;
        _turn = _active.Count == 0 ? 0 : (_turn + 1) % _active.Count;
        var quantum = options.KeepsOrder ? maxRecords : Quantum;
        for (var progress = true; progress && batch.Records.Count < maxRecords;)
        {
            progress = false;
            for (var i = 0; i < _active.Count && batch.Records.Count < maxRecords; i++)
                progress |= TakeFrom(_active[(_turn + i) % _active.Count], batch, Math.Min(quantum, maxRecords - batch.Records.Count), now);
            if (options.KeepsOrder)
                break;
        }

        return batch.Records.Count == 0 ? null : batch;
    }

    private bool IsWorthACall(long now, bool isProbe, List<OutboundRecord> expired, out long wakeAt)
    {
        var leavesWindows = isProbe && _active.Exists(lane => lane.Queue.Count > 0);
        var (isDue, records, bytes) = (false, 0, 0L);
        wakeAt = long.MaxValue;
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var lane = _active[i];
            while (lane.Queue.Oldest is { } oldest && IsExpired(oldest, now))
                expired.Add(lane.Queue.Take());
            if (lane.Queue.Count == 0 && !lane.Queue.HoldsDueWindow)
            {
                lane.Queue.IsActive = false;
                _active.RemoveAt(i);
                continue;
            }

            if (WakeOf(lane, now) is var wake && wake > now)
            {
                wakeAt = Math.Min(wakeAt, wake);
                if (!IsReady(lane, now))
                    continue;
            }

            if (lane.Queue.HoldsDueWindow && !leavesWindows)
            {
                lane.Queue.HoldsDueWindow = false;
                lane.Aggregator.Seal();
            }

            isDue |= lane.Queue.Oldest is { } first && IsDue(first, now);
            records += lane.Queue.Count;
            bytes += lane.Queue.Bytes;
        }

        (MissingBytes, MissingRecords) = (Math.Max(1, options.MaxBytes - bytes), Math.Max(1, options.MaxRecords - records));
        return isDue || records >= options.MaxRecords || bytes >= options.MaxBytes;
    }

    /// <summary>Whether a lane may be part of a call now.</summary>
    private bool IsReady(ShardLane lane, long now) => CanSend(lane, now) && !IsHeldForMap(lane, now);

    /// <summary>Whether too much is sent again already for this record to be sent once more now.</summary>
    private bool IsHeldByAllowance(OutboundRecord? record, long now) => record is { Attempts: > 0 } && !retries.CanSpend(now);

    private bool IsHeldForMap(ShardLane lane, long now) =>
        AwaitsFirstMap && lane.Shard is null && lane.Queue.Oldest is { } oldest && now - oldest.OpenedAt < options.FirstMapTicks;

    /// <summary>When time alone changes something about the lane.</summary>
    private long WakeOf(ShardLane lane, long now)
    {
        if (!lane.Limiter.CanSend(now))
            return ExpiryOr(lane, lane.Limiter.ReadyAt(now));
        if (options.KeepsOrder && !lane.Queue.IsNextInOrder)
            return ExpiryOr(lane, long.MaxValue);
        if (IsHeldForMap(lane, now))
            return ExpiryOr(lane, lane.Queue.Oldest!.OpenedAt + options.FirstMapTicks);
        if (IsHeldByAllowance(lane.Queue.Oldest, now))
            return ExpiryOr(lane, retries.ReadyAt);
        return lane.Queue.Oldest is { } oldest && !IsDue(oldest, now) ? oldest.OpenedAt + options.LingerTicks : now;
    }

    private long ExpiryOr(ShardLane lane, long wake) =>
        options.TtlTicks is { } ttl && lane.Queue.Oldest is { } oldest ? Math.Min(wake, oldest.LastArrivalAt + ttl + 1) : wake;

    private bool TakeFrom(ShardLane lane, PutRecordsBatch batch, int atMost, long now)
    {
        var taken = 0;
        _keys.Clear();
        while (taken < atMost && lane.Queue.Oldest is { } record && CanTake(lane, record, taken, batch, now))
        {
            lane.Queue.Take();
            if (IsExpired(record, now))
            {
                // Found by the next scan, which looks at the oldest of each lane first.
                lane.Queue.PutBack(record);
                break;
            }

            // PutRecords stores its entries in any order: one record of a key a call. Those of other keys go past the rest of them.
            if (options.KeepsOrder && !_keys.Add(record.FirstHashKey))
            {
                _overtaken.Add(record);
                if (_overtaken.Count == MaxOvertaken)
                    break;
                continue;
            }

            lane.Limiter.Spend(record.EntryBytes, now);
            if (record.Attempts > 0)
                retries.Spend(now);
            batch.Add(record);
            taken++;
        }

        for (var i = _overtaken.Count - 1; i >= 0; i--)
            lane.Queue.PutBack(_overtaken[i]);
        _overtaken.Clear();
        return taken > 0;
    }

    private bool CanTake(ShardLane lane, OutboundRecord record, int taken, PutRecordsBatch batch, long now)
    {
        if (batch.Records.Count > 0 && batch.EntryBytes + record.EntryBytes > options.MaxBytes)
            return false;
        if (!lane.Limiter.CanSend(now) || IsHeldForMap(lane, now) || IsHeldByAllowance(record, now))
            return false;
        if (!options.KeepsOrder)
            return true;
        // An aggregate holds many keys, so it is the only record of its lane in a call.
        return (taken > 0 || lane.Queue.IsNextInOrder) && (taken == 0 || !(record.IsAggregate || batch.Records[^1].IsAggregate));
    }
}
