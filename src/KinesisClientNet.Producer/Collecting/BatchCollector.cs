using System.Threading.Channels;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>
/// The loop that owns every lane's queue and limiter: seals what is due, builds calls, takes back what is to be sent again. All that changes
/// its state comes through one channel, so it needs no lock.
/// </summary>
internal sealed class BatchCollector : IDisposable
{
    /// <summary>Windows that fall due within this part of the linger time leave together, so that calls carry many records (KPL #280).</summary>
    private const double Togetherness = 0.2;

    private readonly CollectorInbox _inbox;
    private readonly ChannelWriter<PutRecordsBatch> _output;
    private readonly CollectorOptions _options;
    private readonly BatchBuilder _builder;
    private readonly StreamGate _gate;
    private readonly MapFollower _maps;
    private readonly OutcomeSink _sink;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly Returns _returns;
    private readonly Queue<OutboundRecord> _opened = new();
    private readonly List<OutboundRecord> _expired = [];
    private readonly List<CollectorMessage> _deferred = [];
    private CollectorRest _rest = CollectorRest.Never;
    private long _armedFor = long.MaxValue;
    private long _lastCallAt = long.MinValue / 2;
    private int _inFlight;
    private bool _isResting = true;
    private long _calls;
    private bool _isAborting;

    /// <summary>True when the loop has nothing to do until an event or the timer comes: what tests in virtual time wait for.</summary>
    internal bool IsResting => Volatile.Read(ref _isResting) && !_inbox.HasNews;

    /// <summary>Calls that were sent and are not settled.</summary>
    internal int InFlight => Volatile.Read(ref _inFlight);

    internal BatchCollector(CollectorInbox inbox, ChannelWriter<PutRecordsBatch> output, CollectorOptions options, StreamGate gate, MapFollower maps, OutcomeSink sink, TimeProvider clock)
    {
        (_inbox, _output, _options, _gate, _maps, _sink, _clock) = (inbox, output, options, gate, maps, sink, clock);
        var retries = new RetryAllowance(options.FreeRetryTicks);
        _builder = new BatchBuilder(options, retries);
        _returns = new Returns(gate, retries, maps, sink, clock, PutBack);
        _timer = clock.CreateTimer(static state => ((CollectorInbox)state!).Tell(CollectorSignal.Wake, handsOver: true), inbox, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs until the inbox ends, or until nothing is in flight after an abort.</summary>
    internal async Task RunAsync()
    {
        while (!(_isAborting && _inFlight == 0) && await _inbox.WaitAsync(_rest).ConfigureAwait(false))
        {
            _isResting = false;
            HandleAll();
            Pump();
            Volatile.Write(ref _isResting, true);
        }

        _output.TryComplete();
    }

    public void Dispose() => _timer.Dispose();

    private void HandleAll()
    {
        foreach (var message in _deferred.ToArray())
            Handle(message);
        _deferred.Clear();
        while (_inbox.TryRead(out var message))
            Handle(message);
    }

    private void Handle(in CollectorMessage message)
    {
        switch (message.Signal)
        {
            case CollectorSignal.Wake:
                _armedFor = long.MaxValue;
                break;
            case CollectorSignal.Opened:
                _opened.Enqueue((OutboundRecord)message.Payload!);
                break;
            case CollectorSignal.Sealed:
                Enqueue((OutboundRecord)message.Payload!);
                break;
            case CollectorSignal.Settled:
                _inFlight--;
                _returns.Take((PutRecordsBatch)message.Payload!, _clock.GetTimestamp(), _isAborting);
                break;
            case CollectorSignal.MapLoaded:
                FollowMap((ShardMap?)message.Payload);
                break;
            case CollectorSignal.Flush:
                Flush();
                break;
            case CollectorSignal.MakeRoom:
                MakeRoom();
                break;
            case CollectorSignal.Abort:
                Abort();
                break;
        }
    }

    private void Enqueue(OutboundRecord record)
    {
        if (_isAborting)
        {
            _sink.Fail(record, RecordFailureReason.ProducerStopped);
            return;
        }

        _maps.Place(record);
        record.Lane.Queue.Add(record);
        _builder.Activate(record.Lane);
    }

    private void PutBack(OutboundRecord record)
    {
        record.Lane.Queue.PutBack(record);
        _builder.Activate(record.Lane);
    }

    /// <summary>Does all that can be done now, and arms the timer for what comes next.</summary>
    private void Pump()
    {
        var now = _clock.GetTimestamp();
        var wakeAt = long.MaxValue;
        var awaitsRecords = false;
        // What was in flight when a caller asked for room may be back, and the caller still waits.
        if (_options.DropsOldest && _maps.HasBufferWaiters)
            MakeRoom();
        if (IsIdle && now - _lastCallAt >= _options.IdlePaceTicks)
            _builder.EarlyUpTo = now;
        SealDue(now);
        TakeSealed();
        while (!_isAborting && _gate.CanSend(_inFlight, now))
        {
            var batch = _returns.NextToIsolate() ?? _builder.TryBuild(now, !_gate.IsOpen, _expired, out wakeAt);
            foreach (var record in _expired)
                _sink.Fail(record, RecordFailureReason.Expired);
            _expired.Clear();
            awaitsRecords = batch is null;
            if (batch is null)
                break;
            Send(batch, now);
            TakeSealed();
        }

        _builder.EarlyUpTo = long.MinValue;
        if (!_gate.CanSend(_inFlight, now) && _inFlight < _gate.Allowed)
            wakeAt = Math.Min(wakeAt, _gate.ReadyAt);
        while (_opened.TryPeek(out var sealedOne) && sealedOne.IsSealed)
            _opened.Dequeue();
        if (_opened.TryPeek(out var next))
            wakeAt = Math.Min(wakeAt, next.OpenedAt + _options.LingerTicks);
        if (IsIdle && (_opened.Count > 0 || _builder.Active.Count > 0) && _lastCallAt + _options.IdlePaceTicks is { } early && early > now)
            wakeAt = Math.Min(wakeAt, early);
        Arm(wakeAt, now);
        Rest(wakeAt, awaitsRecords);
    }

    /// <summary>Says by what the loop is to be woken. While no call can be sent anyway, it is the end of one, not more records.</summary>
    private void Rest(long wakeAt, bool awaitsRecords)
    {
        var (bytes, records) = _isAborting ? (1, 1) : awaitsRecords ? (_builder.MissingBytes, _builder.MissingRecords) : (long.MaxValue, int.MaxValue);
        _rest = new(wakeAt, bytes, records, _builder.FlushedUpTo, IsIdle ? _lastCallAt + _options.IdlePaceTicks!.Value : long.MaxValue);
    }

    /// <summary>In the mode that sends early: true while no call is in flight whose answer is worth waiting for.</summary>
    private bool IsIdle => _options.IdlePaceTicks is not null && _inFlight == 0 && _gate.IsOpen;

    private void Send(PutRecordsBatch batch, long now)
    {
        _lastCallAt = now;
        _inFlight++;
        batch.Number = ++_calls;
        if (batch.Isolation is null)
        {
            foreach (var record in batch.Records)
                record.Lane.Queue.InFlight++;
        }

        if (!_output.TryWrite(batch))
            throw new InvalidOperationException("The channel to the sender is smaller than the calls in flight.");
    }

    /// <summary>Seals windows that are due. Where nothing can be sent anyway they stay open and grow: fuller records later, less memory now.</summary>
    private void SealDue(long now)
    {
        var limit = now;
        while (_opened.TryPeek(out var oldest) && (oldest.OpenedAt + _options.LingerTicks <= limit || _builder.IsUrgent(oldest)))
        {
            _opened.Dequeue();
            limit = now + (long)(_options.LingerTicks * Togetherness);
            if (oldest.IsSealed)
                continue;
            if (_options.TtlTicks is null && (!_gate.IsOpen || !_builder.CanSend(oldest.Lane, now)))
            {
                oldest.Lane.Queue.HoldsDueWindow = true;
                _builder.Activate(oldest.Lane);
            }
            else
            {
                oldest.Lane.Aggregator.SealIfOpen(oldest);
            }
        }
    }

    /// <summary>Brings what aggregators sealed into the queues; other messages wait for their turn.</summary>
    private void TakeSealed()
    {
        while (_inbox.TryRead(out var message))
        {
            if (message.Signal is CollectorSignal.Opened or CollectorSignal.Sealed)
                Handle(message);
            else
                _deferred.Add(message);
        }
    }

    private void FollowMap(ShardMap? map)
    {
        _builder.AwaitsFirstMap = false;
        _maps.Follow(map, TakeSealed, PutBack);
        _returns.JudgeParked(_clock.GetTimestamp(), _isAborting);
    }

    private void Flush()
    {
        _builder.FlushedUpTo = _clock.GetTimestamp();
        foreach (var lane in _maps.Table.Lanes)
            lane.Aggregator.Seal();
        _maps.Table.Fallback.Aggregator.Seal();
    }

    private void MakeRoom()
    {
        Flush();
        TakeSealed();
        while (_maps.HasBufferWaiters && OldestLane() is { } lane)
            _sink.Fail(lane.Queue.Take(), RecordFailureReason.Dropped);
    }

    private ShardLane? OldestLane() => _builder.Active.Where(lane => lane.Queue.Count > 0).MinBy(lane => lane.Queue.Oldest!.OpenedAt);

    private void Abort()
    {
        _isAborting = true;
        TakeSealed();
        foreach (var lane in _builder.Active)
        {
            while (lane.Queue.Count > 0)
                _sink.Fail(lane.Queue.Take(), RecordFailureReason.ProducerStopped);
        }

        _returns.FailAll();
    }

    private void Arm(long wakeAt, long now)
    {
        if (_deferred.Count > 0)
        {
            _inbox.Tell(CollectorSignal.Wake);
            return;
        }

        if (wakeAt == _armedFor)
            return;
        _armedFor = wakeAt;
        // Timers count whole milliseconds; rounded down, the loop would spin until the time has come.
        var wait = wakeAt == long.MaxValue ? Timeout.Infinite : Math.Ceiling(Math.Max(1, _clock.GetElapsedTime(now, wakeAt).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
    }
}
