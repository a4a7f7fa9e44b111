using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.FanOut;
using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Sequencing;
using KinesisClientNet.Local.Storage;

namespace KinesisClientNet.Local.Sharding;

/// <summary>What is fixed when a shard is made.</summary>
/// <param name="Index">Counts the stream's shards; the number in its id.</param>
/// <param name="Range">The hash keys that it takes.</param>
/// <param name="ParentId">The shard it was split from, or the lower of the two it was merged from; null for a first shard.</param>
/// <param name="AdjacentParentId">The upper shard of a merge; else null.</param>
/// <param name="CreateSeconds">The creation second in its sequence numbers: one after its parents were closed, so that every child number is greater.</param>
/// <param name="OpenedAt">When it began to take writes, for listing by time.</param>
internal sealed record ShardBirth(
    int Index, HashKeyRange Range, string? ParentId, string? AdjacentParentId, long CreateSeconds, DateTimeOffset OpenedAt);

/// <summary>One shard: an append log that is open, then closed. Its own lock guards all of its state.</summary>
internal sealed class LocalShard
{
    private readonly Lock _gate = new();
    private readonly RecordLog _log;
    private readonly StreamJournal? _journal;
    private readonly ShardBudget? _budget;
    private readonly ShardBudget? _watch;
    private readonly Random? _gaps;
    private List<Pulse>? _subscribers;
    private long _nextCounter = 1; // 0 is the shard's StartingSequenceNumber
    private DateTimeOffset _lastArrival;
    private long _bytesIn;
    private Shard _description;
    private ShardMeter? _meter;

    public LocalShard(ShardBirth birth, ShardBudget? budget, ShardBudget? watch, Random? gaps, StreamJournal? journal, RestoredShard? restored = null)
    {
        Birth = birth;
        _journal = journal;
        _log = restored?.Log ?? new();
        _nextCounter = restored?.NextCounter ?? _nextCounter;
        _lastArrival = restored?.LastArrival ?? default;
        _budget = budget;
        _watch = watch;
        _gaps = gaps;
        _description = new()
        {
            ShardId = ShardIds.Format(birth.Index),
            ParentShardId = birth.ParentId,
            AdjacentParentShardId = birth.AdjacentParentId,
            HashKeyRange = birth.Range,
            StartingSequenceNumber = NumberAt(0, birth.CreateSeconds),
        };
    }

    public ShardBirth Birth { get; }

    public string Id => _description.ShardId;

    /// <summary>The shard as it is listed now.</summary>
    public Shard Description => Volatile.Read(ref _description);

    /// <summary>Bytes of data and keys put so far.</summary>
    public long BytesIn => Interlocked.Read(ref _bytesIn);

    /// <summary>When it was closed; the largest time while it is open. Written before <see cref="Description"/> shows the end.</summary>
    public DateTimeOffset ClosedAt { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Its children; empty while it is open.</summary>
    public IReadOnlyList<ChildShard> Children { get; private set; } = [];

    /// <summary>Copies the record in, when the shard is open and its budget allows it.</summary>
    public AppendOutcome TryAppend(
        in PutRecordsEntry entry, int sizeBytes, in Arrival arrival, string encryptionType, out SequenceNumber number)
    {
        lock (_gate)
        {
            number = default;
            if (!_description.IsOpen)
                return AppendOutcome.Closed;
            if (_budget is not null && !arrival.IsChosen && !_budget.TryWrite(sizeBytes))
            {
                _meter?.CountThrottledWrite();
                return AppendOutcome.Throttled;
            }

            if (_log.IsAtSegmentStart)
                _log.TrimBefore(arrival.Horizon);

            // Arrival never runs backwards with the clock, except where a test chose it.
            var time = arrival.IsChosen || arrival.Time > _lastArrival ? arrival.Time : _lastArrival;
            _lastArrival = arrival.IsChosen ? _lastArrival : time;
            number = NumberAt(_nextCounter, Math.Max(time.ToUnixTimeSeconds(), Birth.CreateSeconds));
            _journal?.Append(Birth.Index, _nextCounter, time, arrival.IsChosen, encryptionType, entry);
            _nextCounter += 1 + (_gaps?.Next(5) ?? 0);
            _bytesIn += sizeBytes;
            _log.Append(number, time, entry.Data.Span, entry.PartitionKey, encryptionType);
            _meter?.CountWrite(sizeBytes);
            WakeSubscribers();
            return AppendOutcome.Appended;
        }
    }

    /// <summary>Whether the counter is one of a record already put, or the start's.</summary>
    public bool HasIssued(long counter)
    {
        lock (_gate)
            return counter < _nextCounter;
    }

    /// <summary>Ends the shard. Its readers learn the children.</summary>
    public void Close(DateTimeOffset now, IReadOnlyList<ChildShard> children)
    {
        lock (_gate)
        {
            Children = children;
            ClosedAt = now;
            var seconds = Math.Max(now.ToUnixTimeSeconds(), Birth.CreateSeconds);
            Volatile.Write(ref _description, _description with { EndingSequenceNumber = NumberAt(LocalSequence.EndCounter, seconds) });
            WakeSubscribers();
        }
    }

    /// <summary>The shard without its records, to be stored.</summary>
    public StoredShard Store()
    {
        lock (_gate)
        {
            return new(
                Birth.Index, Birth.Range.Start, Birth.Range.End, Birth.ParentId, Birth.AdjacentParentId, Birth.CreateSeconds, Birth.OpenedAt,
                _description.IsOpen ? null : ClosedAt, _nextCounter, _lastArrival);
        }
    }

    /// <summary>The counter at which reading from the position starts. The caller has checked what a position may be.</summary>
    public long Resolve(StartingPosition position, long decodedCounter)
    {
        lock (_gate)
        {
            return position.Type switch
            {
                StartingPositionType.TrimHorizon => 0,
                StartingPositionType.Latest => _nextCounter,
                StartingPositionType.AtSequenceNumber => decodedCounter,
                StartingPositionType.AfterSequenceNumber => decodedCounter == long.MaxValue ? long.MaxValue : decodedCounter + 1,
                _ => _log.IndexArrivedAtOrAfter(position.Timestamp) is var index && index < _log.End
                    ? CounterOf(_log[index].SequenceNumber)
                    : _nextCounter,
            };
        }
    }

    /// <summary>Reads from the counter on. Free of any budget: see <see cref="TryTakeRead"/>.</summary>
    public ShardSlice Read(long counter, int maxRecords, long maxBytes, DateTimeOffset horizon)
    {
        lock (_gate)
        {
            _log.TrimBefore(horizon);
            var from = _log.IndexAtOrAfter(NumberAt(counter, 0));
            var count = _log.CountFitting(from, maxRecords, maxBytes, out var bytes);
            var records = _log.Window(from, count);
            var next = count > 0 ? CounterOf(records[count - 1].SequenceNumber) + 1 : counter;
            var hasMore = from + count < _log.End;
            var tip = count > 0 ? records[count - 1].ApproximateArrivalTimestamp
                : hasMore ? _log[from].ApproximateArrivalTimestamp : DateTimeOffset.MaxValue;
            return new(records, next, hasMore, bytes, tip, IsAtEnd: !hasMore && !_description.IsOpen);
        }
    }

    /// <summary>The number from which AFTER leads to the counter: what a subscription says that has nothing to give.</summary>
    public SequenceNumber ContinuationBefore(long counter, DateTimeOffset now) =>
        NumberAt(Math.Max(counter - 1, 0), Math.Max(now.ToUnixTimeSeconds(), Birth.CreateSeconds));

    public void TrimBefore(DateTimeOffset horizon)
    {
        lock (_gate)
            _log.TrimBefore(horizon);
    }

    /// <summary>Reads that the service would have refused; counted where they are watched.</summary>
    public int ReadsAboveLimit { get; private set; }

    public bool TryTakeRead()
    {
        if (_watch is not null)
        {
            lock (_gate)
                ReadsAboveLimit += _watch.TryRead() ? 0 : 1;
        }

        return WithBudget(static budget => budget.TryRead());
    }

    /// <summary>Measures the shard; null until enhanced monitoring asked for it.</summary>
    public ShardMeter? Meter => Volatile.Read(ref _meter);

    public void ChangeMonitoring(TimeProvider clock, int metrics)
    {
        if (_meter is { } meter)
            meter.Want(metrics);
        else if (metrics != 0)
            Volatile.Write(ref _meter, new(clock, metrics));
    }

    public bool TryTakeIterator() => WithBudget(static budget => budget.TryMakeIterator());

    public void CountRead(long bytes)
    {
        if (_budget is null && _watch is null)
            return;
        lock (_gate)
        {
            _budget?.CountRead(bytes);
            _watch?.CountRead(bytes);
        }
    }

    public void ChangeMaxRecordBytes(int maxRecordBytes)
    {
        if (_budget is null)
            return;
        lock (_gate)
            _budget.ChangeMaxRecordBytes(maxRecordBytes);
    }

    /// <summary>Raises the pulse on every record and at the close, until it is removed.</summary>
    public void Subscribe(Pulse pulse)
    {
        lock (_gate)
            (_subscribers ??= []).Add(pulse);
    }

    public void Unsubscribe(Pulse pulse)
    {
        lock (_gate)
            _subscribers?.Remove(pulse);
    }

    private bool WithBudget(Func<ShardBudget, bool> take)
    {
        if (_budget is null)
            return true;
        lock (_gate)
            return take(_budget);
    }

    private void WakeSubscribers()
    {
        if (_subscribers is null)
            return;
        foreach (var subscriber in _subscribers)
            subscriber.Raise();
    }

    private SequenceNumber NumberAt(long counter, long seconds) => new LocalSequence(Birth.CreateSeconds, Birth.Index, counter, seconds).Compose();

    /// <summary>The counter in a sequence number of a local shard.</summary>
    public static long CounterOf(SequenceNumber number) => LocalSequence.TryDecode(number, out var parts) ? parts.Counter : 0;
}
