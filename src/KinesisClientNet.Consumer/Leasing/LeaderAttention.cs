using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// How closely a leader looks at its fleet. Reading the whole table is the dearest request there is: it is read at short intervals while something changes or somebody may be dead,
/// otherwise as rarely as KCL's; with per-worker renewal only the heartbeats are read in quiet times. One term's state.
/// </summary>
internal sealed class LeaderAttention(LeaseHolder holder, LeaseRuntime runtime)
{
    private TimeSpan _changedAt = runtime.Now;
    private TimeSpan? _tableReadAt;
    private ImmutableArray<string> _workers = [];
    private ImmutableArray<string> _others = [];
    private bool _isUnsettled = true;

    /// <summary>Something has happened: the table must be read at the next look.</summary>
    public void Alert() => (_isUnsettled, _changedAt) = (true, runtime.Now);

    /// <summary>
    /// Whether the heartbeats alone tell that all is well. Only with per-worker renewal and in quiet times; one that has stopped or is missing means that the table must be read.
    /// </summary>
    /// <param name="watch">What was seen before.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The watch after the look, and when to look next; null when the table must be read.</returns>
    public async ValueTask<(LeaseWatch Watch, TimeSpan Next)?> GlanceAsync(LeaseWatch watch, CancellationToken cancellationToken)
    {
        if (holder.Renewal != LeaseRenewal.PerWorker || _isUnsettled || IsBusy || _tableReadAt is not { } readAt)
            return null;
        var untilTable = readAt + holder.Timing.FallbackInterval - runtime.Now;
        if (untilTable <= TimeSpan.Zero)
            return null;
        if (_others.IsEmpty)
            return (watch, untilTable);
        var beats = await holder.Store.ReadHeartbeatsAsync(_others, cancellationToken).ConfigureAwait(false);
        var now = runtime.Now;
        var seen = watch.ObserveHeartbeats(beats, now);
        if (_others.Any(worker => !seen.HasHeartbeat(worker, now, holder.Timing.Duration)))
            return null;
        var next = seen.HasSuspects([], holder.WorkerId, holder.Timing.Duration) ? holder.Timing.Duration + holder.Timing.Epsilon : holder.Timing.HeartbeatLookInterval;
        return (seen, next < untilTable ? next : untilTable);
    }

    /// <summary>Takes a plan in and says when to look next.</summary>
    /// <param name="table">The table as it was read, with what the plan has added.</param>
    /// <param name="watch">The watch after the plan.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="seenAt">Monotonic time of the reading.</param>
    /// <param name="hasDoubts">Whether a stream's leases are not in step with its shards.</param>
    public TimeSpan AfterPlan(LeaseTable table, LeaseWatch watch, LeasePlan plan, TimeSpan seenAt, bool hasDoubts)
    {
        var now = runtime.Now;
        _tableReadAt = now;
        if (!plan.Moves.IsEmpty || hasDoubts || !plan.ActiveWorkers.AsSpan().SequenceEqual(_workers.AsSpan()) || table.Leases.Any(lease => lease.IsHandingOver))
            _changedAt = now;
        _isUnsettled = false;
        _workers = plan.ActiveWorkers;
        _others = [.. table.Heartbeats.Select(beat => beat.WorkerId).Where(worker => worker != holder.WorkerId)];
        var interval = IntervalAfter(table, watch, plan);
        // A lease that stood still expires in between: it must not wait for a whole interval more.
        var expiry = watch.NextExpiry(table, seenAt, holder.Timing.Duration) - now + holder.Timing.Epsilon;
        return expiry < interval ? expiry.Value : interval;
    }

    private TimeSpan IntervalAfter(LeaseTable table, LeaseWatch watch, LeasePlan plan)
    {
        if (!plan.Moves.IsEmpty)
            return holder.Timing.ReplanInterval;
        if (IsBusy)
            return holder.Timing.PlanInterval;
        if (watch.HasSuspects(table.Leases.Where(lease => !lease.IsFinished), holder.WorkerId, holder.Timing.Duration))
            return holder.Timing.PlanInterval + holder.Timing.Epsilon;
        if (holder.Renewal == LeaseRenewal.PerLease)
            return holder.Timing.QuietPlanInterval;
        return _others.IsEmpty ? holder.Timing.FallbackInterval : holder.Timing.HeartbeatLookInterval;
    }

    private bool IsBusy => runtime.Now - _changedAt < holder.Timing.BusyTime;
}
