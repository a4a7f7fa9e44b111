using System.Collections.Concurrent;
using System.Collections.Immutable;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// The leader's duty: read the table, let the shard syncer add missing leases, plan, write the plan. Steps aside after three failures in a row, so
/// that a leader that cannot do its duty never keeps the seat (KCL 3.3.0, #1669).
/// </summary>
internal sealed class LeaseAssigner
{
    private const int FailuresToStepAside = 3;
    private const int Parallelism = 20;

    private readonly LeaseHolder _holder;
    private readonly LeaderSeat _seat;
    private readonly ShardSyncer _syncer;
    private readonly LeaseFinder _finder;
    private readonly FleetNews _news;
    private readonly Graveyard _graveyard;
    private readonly LeasePlanLimits _limits;
    private readonly LeaseRuntime _runtime;
    private LeaseWatch _watch = LeaseWatch.Empty;
    private TimeSpan? _relievedAt;
    private LeaderAttention _attention;
    private int _hasNews;

    public LeaseAssigner(
        LeaseHolder holder, LeaderSeat seat, ShardSyncer syncer, LeaseFinder finder, FleetNews news, LeasePlanLimits limits, LeaseRuntime runtime)
    {
        _holder = holder;
        _seat = seat;
        _syncer = syncer;
        _finder = finder;
        _news = news;
        _graveyard = new(holder, runtime);
        _attention = new(holder, runtime);
        _limits = limits;
        _runtime = runtime;
        Loop = new("assign leases", holder.Timing.RenewTick, runtime);
        seat.Elected = Loop.Wake;
    }

    /// <summary>The loop, for the health report.</summary>
    public LeaseLoop Loop { get; }

    /// <summary>The last plan; <see cref="LeasePlan.Nothing"/> before the first one and while this worker does not lead.</summary>
    public LeasePlan LastPlan { get; private set; } = LeasePlan.Nothing;

    /// <summary>Leads, whenever this worker has the seat, until the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Loop.RunAsync(_holder.Timing.PlanInterval, LeadAsync, cancellationToken);

    /// <summary>The table has changed: if this worker leads, it looks now.</summary>
    public void LookNow()
    {
        Volatile.Write(ref _hasNews, 1);
        if (_seat.IsLeader)
            Loop.Wake();
    }

    private async ValueTask<TimeSpan> LeadAsync(CancellationToken cancellationToken)
    {
        if (!_seat.IsLeader)
        {
            // A new term starts with a new watch: nothing that was seen long ago may make an owned lease look expired.
            _watch = LeaseWatch.Empty;
            _attention = new(_holder, _runtime);
            LastPlan = LeasePlan.Nothing;
            return _holder.Timing.PlanInterval;
        }

        try
        {
            if (Interlocked.Exchange(ref _hasNews, 0) == 1)
                _attention.Alert();
            if (await _attention.GlanceAsync(_watch, cancellationToken).ConfigureAwait(false) is var (watch, next))
            {
                _watch = watch;
                return next;
            }

            return await PlanAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException && Loop.Failures + 1 >= FailuresToStepAside)
        {
            _seat.StepAside();
            throw;
        }
    }

    /// <returns>When to plan again.</returns>
    private async ValueTask<TimeSpan> PlanAsync(CancellationToken cancellationToken)
    {
        var table = await _holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
        // Taken right after the reading: a later time would make rows look older than they were when they were read.
        var now = _runtime.Now;
        var created = await _syncer.SyncAsync(table, cancellationToken).ConfigureAwait(false);
        // A row that was deleted may still be worked on: its worker must look at its rows before somebody else gets the new one.
        if (created.Count > 0 && !table.Leases.IsEmpty)
            await _news.TellAsync(table.Heartbeats.Select(beat => beat.WorkerId), cancellationToken).ConfigureAwait(false);
        table = table with { Leases = table.Leases.AddRange(created) };
        _watch = _watch.Observe(table, now, _runtime.Time.GetUtcNow());
        var plan = LeasePlanner.Plan(table, _watch, now, _limits, _relievedAt is not { } relieved || now - relieved >= _holder.Timing.CpuSettleTime);
        if (plan.Unassigned > 0 && plan.Unassigned != LastPlan.Unassigned)
            ConsumerLog.LeasesUnassigned(_runtime.Logger, plan.Unassigned, plan.ActiveWorkers.Length, _limits.MaxLeases, double.IsFinite(_limits.MaxThroughputKBps) ? _limits.MaxThroughputKBps : null);
        LastPlan = plan;
        if (plan.RelievesCpu)
            _relievedAt = now;
        _seat.SetFollowers(plan.ActiveWorkers.Length <= 1, DeputyIn(table, plan));
        await ExecuteAsync(await _graveyard.BuryOwnersAsync(plan.Moves, table, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        await _graveyard.ForgetAsync(table, _watch, now, cancellationToken).ConfigureAwait(false);
        return _attention.AfterPlan(table, _watch, plan, now, created.Count > 0 || _syncer.HasDoubts);
    }

    /// <summary>The first active worker that may lead; the same one from plan to plan, as long as it is there.</summary>
    private string? DeputyIn(LeaseTable table, LeasePlan plan)
    {
        var cannot = table.Workers.Where(worker => !worker.CanLead).Select(worker => worker.WorkerId).ToHashSet(StringComparer.Ordinal);
        return plan.ActiveWorkers.FirstOrDefault(worker => worker != _holder.WorkerId && !cannot.Contains(worker));
    }

    private async ValueTask ExecuteAsync(ImmutableArray<LeaseMove> moves, CancellationToken cancellationToken)
    {
        if (moves.IsEmpty)
            return;
        var results = new LeaseWriteResult[moves.Length];
        var errors = new ConcurrentQueue<Exception>();
        await BoundedParallel.ForEachAsync(Enumerable.Range(0, moves.Length), Parallelism, WriteAsync, cancellationToken).ConfigureAwait(false);
        var now = _runtime.Now;
        for (var i = 0; i < moves.Length; i++)
            Note(moves[i], results[i], now);
        if (moves.Any(move => move.To == _holder.WorkerId))
            _finder.FindNow();
        await TellAsync(moves, results, cancellationToken).ConfigureAwait(false);
        if (!errors.IsEmpty)
            throw new AggregateException($"{errors.Count} of {moves.Length} moves of leases could not be written; the next plan tries again.", errors);

        async ValueTask WriteAsync(int index, CancellationToken token)
        {
            try
            {
                results[index] = await _holder.Store.WriteLeaseAsync(moves[index].ToWrite(), token).ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                // One unwritten row must not keep the others from moving; the loop reports the failure.
                errors.Enqueue(error);
            }
        }
    }

    /// <summary>Who gets a lease, and who is to hand one over or has lost it, should not have to ask at intervals.</summary>
    private ValueTask TellAsync(ImmutableArray<LeaseMove> moves, LeaseWriteResult[] results, CancellationToken cancellationToken)
    {
        var concerned = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < moves.Length; i++)
        {
            if (!results[i].IsApplied)
                continue;
            concerned.Add(moves[i].To);
            if (moves[i].Kind != LeaseMoveKind.Assign && moves[i].Lease.ActualOwner is { } owner)
                concerned.Add(owner);
        }

        return _news.TellAsync(concerned, cancellationToken);
    }

    private void Note(LeaseMove move, LeaseWriteResult result, TimeSpan now)
    {
        if (result is { IsApplied: true, Lease: { } lease })
        {
            if (move.Kind == LeaseMoveKind.Assign)
                _watch = _watch.NoteExpired(move.Lease, now);
            _watch = _watch.Note(lease, now);
            ConsumerLog.LeaseMoved(_runtime.Logger, move.Lease.LeaseKey, move.Lease.ActualOwner ?? "nobody", move.To, move.Kind);
        }
        else
        {
            ConsumerLog.MoveRefused(_runtime.Logger, move.Lease.LeaseKey, move.Lease.ActualOwner ?? "nobody", move.To, move.Kind);
        }
    }
}
