using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>Told that records of a segment are done, dead-lettered or skipped.</summary>
internal delegate void Settled(Segment segment, int start, int count);

/// <summary>
/// One delivery of a segment and what follows from it by the failure policy: settles what is done, gives away what is given up, and returns what is
/// to be delivered again. Thread-safe.
/// </summary>
internal sealed class BatchAttempt
{
    private readonly ShardContext _shard;
    private readonly HandlerInvoker _invoker;
    private readonly FailureOptions _options;
    private readonly FailureRules _rules;
    private readonly DeadLetterWriter? _deadLetters;
    private readonly LostKeys? _lostKeys;
    private readonly Backoff _backoff;
    private readonly FailureReport _report;
    private readonly TimeProvider _time;

    public BatchAttempt(ShardContext shard, HandlerInvoker invoker, FailureOptions options, FailureReport report, ShardActivity activity, ShardServices services)
    {
        (_shard, _invoker, _options, _report, _time) = (shard, invoker, options, report, services.Time);
        _rules = new FailureRules(options);
        _backoff = services.NewBackoff(options.FirstBackoff, options.MaxBackoff);
        _deadLetters = options.DeadLetters is { } sink ? new DeadLetterWriter(sink, report, activity, _backoff, services) : null;
        _lostKeys = options.DeadLettersWholeKey ? new LostKeys(shard.ShardId, services.Logger) : null;
    }

    /// <summary>Delivers a segment once.</summary>
    /// <param name="segment">The records.</param>
    /// <param name="delivery">Whose records they are.</param>
    /// <param name="lag">How far behind the tip.</param>
    /// <param name="work">Cancelled when running work must end.</param>
    /// <returns>What is to be delivered again, in this order; empty when everything is settled.</returns>
    /// <exception cref="ShardStoppedException">The policy stops the shard.</exception>
    public async ValueTask<IReadOnlyList<Segment>> RunAsync(Segment segment, IDelivery delivery, TimeSpan? lag, CancellationToken work)
    {
        if (_lostKeys is { IsEmpty: false })
            segment = await GiveAwayFollowersAsync(segment, delivery, work).ConfigureAwait(false);
        if (segment.Count == 0)
            return [];
        var batch = new RecordBatch(_shard, segment, lag, delivery) { Order = delivery.Order };
        var error = await _invoker.InvokeAsync(batch, work).ConfigureAwait(false);
        if (error is null && !batch.HasLeftOvers)
        {
            delivery.Settle(segment, 0, segment.Count);
            return [];
        }

        return error is null
            ? await SortOutAsync(segment, batch, delivery, work).ConfigureAwait(false)
            : await AfterThrowAsync(segment, batch, error, delivery, work).ConfigureAwait(false);
    }

    /// <summary>The handler threw: nothing is done but what it has checkpointed.</summary>
    private async ValueTask<IReadOnlyList<Segment>> AfterThrowAsync(
        Segment segment, RecordBatch batch, Exception error, IDelivery delivery, CancellationToken work)
    {
        var done = batch.CheckpointedCount;
        if (done > 0)
            delivery.Settle(segment, 0, done);
        var attempts = segment.Attempts + 1;
        if (done == segment.Count)
        {
            _report.Failed(0, batch.LastPosition.ToString(), attempts, FailurePlan.Retry, error);
            return [];
        }

        var rest = segment.Slice(done, segment.Count - done);
        var verdict = _rules.Decide(FactsOf(rest, error, attempts, rest.Count == 1));
        _report.Failed(rest.Count, rest[0].Position.ToString(), attempts, verdict.Plan, error);
        switch (verdict.Plan)
        {
            case FailurePlan.Retry:
                return [rest.Again(attempts, WaitAfter(attempts), error)];
            case FailurePlan.Isolate:
                return delivery.Isolate(rest.Again(attempts, TimeSpan.Zero, error));
            case FailurePlan.DeadLetter or FailurePlan.Skip:
                for (var i = 0; i < rest.Count; i++)
                    await GiveAwayAsync(rest, i, verdict, attempts, error, delivery, work).ConfigureAwait(false);
                return [];
            default:
                throw Stopped(verdict.Plan, rest, error);
        }
    }

    /// <summary>The handler returned and named records that failed: those alone go on.</summary>
    private async ValueTask<IReadOnlyList<Segment>> SortOutAsync(Segment segment, RecordBatch batch, IDelivery delivery, CancellationToken work)
    {
        var attempts = segment.Attempts + 1;
        var (again, deferred) = (new List<int>(), new List<int>());
        Exception? lastError = null;
        for (var i = 0; i < segment.Count; i++)
        {
            if (batch.IsDeferred(i))
            {
                deferred.Add(i);
                continue;
            }

            if (!batch.TryGetFailure(i, out var error))
            {
                delivery.Settle(segment, i, 1);
                continue;
            }

            var verdict = _rules.Decide(FactsOf(segment.Slice(i, 1), error, attempts, isAlone: true) with { IsUnreadable = batch.IsUnreadable(i) });
            _report.Failed(1, segment[i].Position.ToString(), attempts, verdict.Plan, error);
            if (verdict.Plan is FailurePlan.DeadLetter or FailurePlan.Skip)
                await GiveAwayAsync(segment, i, verdict, attempts, error, delivery, work).ConfigureAwait(false);
            else if (verdict.Plan is FailurePlan.Retry)
                (again, lastError) = (Added(again, i), error ?? lastError);
            else
                throw Stopped(verdict.Plan, segment.Slice(i, 1), error);
        }

        var left = new List<Segment>(2);
        if (again.Count > 0)
            left.Add(segment.Pick(again, attempts, isIsolated: true, WaitAfter(attempts), lastError));
        if (deferred.Count > 0)
            left.Add(segment.Pick(deferred, segment.Attempts, isIsolated: false, TimeSpan.Zero, null));
        return left;
    }

    private static List<int> Added(List<int> list, int index)
    {
        list.Add(index);
        return list;
    }

    /// <summary>Gives records away whose key has lost an earlier record to the dead letters.</summary>
    private async ValueTask<Segment> GiveAwayFollowersAsync(Segment segment, IDelivery delivery, CancellationToken work)
    {
        var kept = new List<int>(segment.Count);
        for (var i = 0; i < segment.Count; i++)
        {
            if (_lostKeys!.Contains(segment[i].PartitionKey))
                await GiveAwayAsync(segment, i, new(FailurePlan.DeadLetter, DeadLetterReason.FollowsItsKey), 0, null, delivery, work).ConfigureAwait(false);
            else
                kept.Add(i);
        }

        return kept.Count == segment.Count ? segment : segment.Pick(kept, segment.Attempts, segment.IsIsolated, TimeSpan.Zero, segment.Error);
    }

    private async ValueTask GiveAwayAsync(
        Segment segment, int index, FailureVerdict verdict, int attempts, Exception? error, IDelivery delivery, CancellationToken work)
    {
        var record = segment[index];
        var action = verdict.Plan == FailurePlan.Skip ? FailureAction.Skip : FailureAction.DeadLetter;
        await _deadLetters!.WriteAsync(new DeadLetter(_shard, record, action, verdict.Reason, attempts, error, _time.GetUtcNow()), work).ConfigureAwait(false);
        _lostKeys?.Add(record.PartitionKey);
        delivery.Settle(segment, index, 1);
    }

    private FailureFacts FactsOf(Segment records, Exception? error, int attempts, bool isAlone)
    {
        if (_options.MaxRecordAge is null)
            return new(error, attempts, isAlone, default, default);
        // Records arrive in nearly the order of their numbers: the ends of the segment are close enough to its oldest and youngest record.
        var now = _time.GetUtcNow();
        return new(error, attempts, isAlone, now - records[0].ApproximateArrivalTimestamp, now - records[records.Count - 1].ApproximateArrivalTimestamp);
    }

    private TimeSpan WaitAfter(int attempts) => (_backoff.Limit(attempts - 1) / 2) + (_backoff.Next(attempts - 1) / 2);

    private ShardStoppedException Stopped(FailurePlan plan, Segment records, Exception? error)
    {
        var isWithoutSink = _deadLetters is null && _options.Action is not (FailureAction.StopShard or FailureAction.StopConsumer) && plan == FailurePlan.StopShard;
        return new(
            error,
            plan == FailurePlan.StopConsumer,
            $"The handler failed {records.Attempts + 1} time(s) on {records.Count} record(s) of {_shard.ShardId} from {records[0].Position} on; " +
            (isWithoutSink ? "Failure.Classify asked for a dead letter, but Failure.DeadLetters is not set." : $"Failure.Action or Failure.Classify says {plan}."));
    }
}
