using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Settling;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>
/// What comes back from the settler: feeds gate and limiters, puts records that go again first in their lanes in their old order, keeps
/// those whose place cannot be judged yet, and halves calls to find what the service refuses. Collector's loop only.
/// </summary>
internal sealed class Returns(StreamGate gate, RetryAllowance retries, MapFollower maps, OutcomeSink sink, TimeProvider clock, Action<OutboundRecord> putBack)
{
    /// <summary>An aggregate that keeps landing elsewhere than any map says travels as single records, which are right anywhere.</summary>
    private const int MaxWrongShards = 5;

    private readonly Queue<PutRecordsBatch> _toIsolate = new();
    private readonly List<ParkedRecord> _parked = [];
    private readonly List<OutboundRecord> _again = [];

    /// <summary>Half of a call that was refused, to be sent as it is.</summary>
    internal PutRecordsBatch? NextToIsolate() => _toIsolate.TryDequeue(out var batch) ? batch : null;

    internal void Take(PutRecordsBatch batch, long now, bool isAborting)
    {
        FeedGate(batch, now);
        FeedLimiters(batch, now);
        var halves = false;
        for (var i = batch.Records.Count - 1; i >= 0; i--)
        {
            var (record, verdict) = (batch.Records[i], batch.Verdicts[i]);
            if (verdict.RefreshesMap)
                maps.Request(verdict.Action == SettleAction.Deliver || record.Lane.IsRetired ? batch.StartedAt : now);
            if (verdict.Action == SettleAction.Halve && !isAborting)
                halves = true;
            else
                Take(batch, i, record, verdict, now, isAborting);
        }

        if (halves)
            Halve(batch);
    }

    /// <summary>Decides about parked records after a reading of the map.</summary>
    internal void JudgeParked(long now, bool isAborting)
    {
        for (var i = _parked.Count - 1; i >= 0; i--)
        {
            var (record, batch, index) = _parked[i];
            record.Lane.Queue.InFlight--;
            JudgeAgain(record, batch, index, now, isAborting);
        }

        _parked.Clear();
    }

    internal void FailAll()
    {
        foreach (var batch in _toIsolate)
        {
            foreach (var record in batch.Records)
                sink.Fail(record, RecordFailureReason.ProducerStopped);
        }

        _toIsolate.Clear();
        foreach (var parked in _parked)
            sink.Fail(parked.Record, RecordFailureReason.ProducerStopped);
        _parked.Clear();
    }

    private void Take(PutRecordsBatch batch, int index, OutboundRecord record, in RecordVerdict verdict, long now, bool isAborting)
    {
        // The map in use is older than the answer: only the next reading tells where the record is, and where it belongs.
        if (!isAborting && verdict.Action is SettleAction.AwaitMap or SettleAction.Misplaced && !record.Lane.IsRetired)
        {
            _parked.Add(new ParkedRecord(record, batch, index));
            return;
        }

        record.Lane.Queue.InFlight--;
        switch (verdict.Action)
        {
            case SettleAction.AwaitMap:
                JudgeAgain(record, batch, index, now, isAborting);
                break;
            case SettleAction.Retry or SettleAction.Misplaced or SettleAction.Halve:
                SendAgain(record, isAborting, alone: false, verdict.Action == SettleAction.Retry && verdict.Class == FailureClass.Throttle);
                break;
            case SettleAction.Unpack:
                SendAgain(record, isAborting, alone: true);
                break;
        }
    }

    /// <summary>Judges the place of a record under the present map. What is still unknown counts as wrong: better twice than lost.</summary>
    private void JudgeAgain(OutboundRecord record, PutRecordsBatch batch, int index, long now, bool isAborting)
    {
        var result = batch.Response!.Records[index];
        var verdict = SettlePlan.JudgePlace(BatchSettler.Describe(record), result.ShardId, maps.Table.KnownRanges);
        var wasUnknown = batch.Verdicts[index].Action == SettleAction.AwaitMap;
        if (wasUnknown)
        {
            record.Lane.Limiter.OnAccepted(record.EntryBytes, now);
            retries.OnStored(record.Attempts > 0);
        }

        if (verdict.Action == SettleAction.Deliver)
        {
            record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, null, null);
            sink.Deliver(record, result.ShardId!, result.SequenceNumber);
            return;
        }

        if (wasUnknown)
            record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, SettlePlan.WrongShardCode, $"The record landed on {result.ShardId}.");
        SendAgain(record, isAborting, alone: maps.IsDenied || record.Attempts >= MaxWrongShards);
    }

    private void SendAgain(OutboundRecord record, bool isAborting, bool alone, bool wasThrottled = false)
    {
        sink.Meters.CountRetry(record, wasThrottled);
        if (isAborting)
        {
            sink.Fail(record, RecordFailureReason.ProducerStopped);
            return;
        }

        _again.Clear();
        if (alone && record.IsAggregate)
            maps.Unpack(record, _again);
        else if (record.Lane.IsRetired)
            maps.Rebucket(record, _again);
        else
            Keep(record);
        for (var i = _again.Count - 1; i >= 0; i--)
            putBack(_again[i]);
    }

    private void Keep(OutboundRecord record)
    {
        maps.Place(record);
        _again.Add(record);
    }

    private void Halve(PutRecordsBatch batch)
    {
        var run = batch.Isolation ?? new IsolationRun();
        var (first, second) = (new PutRecordsBatch { Isolation = run }, new PutRecordsBatch { Isolation = run });
        for (var i = 0; i < batch.Records.Count; i++)
            (i < batch.Records.Count / 2 ? first : second).Add(batch.Records[i]);
        _toIsolate.Enqueue(first);
        _toIsolate.Enqueue(second);
    }

    private void FeedGate(PutRecordsBatch batch, long now)
    {
        if (batch.Failure is not { } failure || FailureTable.OfCall(failure).Class is FailureClass.Permanent or FailureClass.Content)
            gate.OnAnswered();
        else
            gate.OnFailed(batch.StartedAt, now);
    }

    private void FeedLimiters(PutRecordsBatch batch, long now)
    {
        if (batch.Failure is not null)
            return;
        for (var i = 0; i < batch.Records.Count; i++)
        {
            var (record, verdict) = (batch.Records[i], batch.Verdicts[i]);
            if (verdict.Action is SettleAction.Deliver or SettleAction.Misplaced)
            {
                record.Lane.Limiter.OnAccepted(record.EntryBytes, now);
                retries.OnStored(record.Attempts > 1);
                maps.Learn(record, batch.Response!.Records[i].ShardId);
                record.Lane.Queue.LastAcceptedIn = batch.Number;
            }
            else if (verdict.Class == FailureClass.Throttle)
            {
                record.Lane.Limiter.OnThrottled(now);
            }
        }

        for (var i = 0; i < batch.Records.Count; i++)
        {
            var queue = batch.Records[i].Lane.Queue;
            if (batch.Verdicts[i].Action != SettleAction.Retry || queue.LastAcceptedIn == batch.Number || queue.LastRefusedIn == batch.Number)
                continue;
            queue.LastRefusedIn = batch.Number;
            batch.Records[i].Lane.Limiter.OnNothingAccepted(now);
        }
    }

    private readonly record struct ParkedRecord(OutboundRecord Record, PutRecordsBatch Batch, int Index);
}
