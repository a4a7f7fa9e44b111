using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Proves this worker's life by one row for all its leases (<see cref="LeaseRenewal.PerWorker"/>). The row is written only as this process left it: a leader that declares the
/// worker dead deletes it first, so no heartbeat can be accepted any more, and every lease of the worker ends here. Leases that are being handed over are renewed row by
/// row, as in the other mode, and so is each lease when there are news and now and then in any case.
/// </summary>
internal sealed class HeartbeatRenewer : IRenewal
{
    private const int Parallelism = 20;

    private readonly LeaseHolder _holder;
    private readonly OwnedLeases _owned;
    private readonly LeaseFinder _finder;
    private readonly FleetNews _news;
    private readonly LeaseRuntime _runtime;
    private readonly string _session;
    private WorkerHeartbeat? _mine;
    private long _provenAt;

    /// <summary>When the first write with the current counter was sent: the oldest moment at which one with a lost answer may have been applied.</summary>
    private long? _firstSentAt;
    private volatile bool _renewsAllRows;

    public HeartbeatRenewer(LeaseHolder holder, OwnedLeases owned, LeaseFinder finder, FleetNews news, LeaseRuntime runtime)
    {
        _holder = holder;
        _owned = owned;
        _finder = finder;
        _news = news;
        _runtime = runtime;
        _session = runtime.NewId();
        Loop = new("heartbeat", holder.Timing.RenewTick, runtime);
    }

    /// <inheritdoc/>
    public LeaseLoop Loop { get; }

    /// <summary>Told, on the loop, when the answer to a heartbeat brought news: somebody has changed leases that concern this worker.</summary>
    public Action? NewsCame { get; set; }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => Loop.RunAsync(TimeSpan.Zero, StepAsync, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_mine is not { } mine)
            return;
        try
        {
            await _holder.Store.WriteHeartbeatAsync(mine, null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The row stays and stands still; the leader removes it.
            ConsumerLog.WithdrawalFailed(_runtime.Logger, _holder.WorkerId, _holder.Timing.ReportLimit, error);
        }
    }

    private async ValueTask<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        var started = _runtime.Time.GetTimestamp();
        try
        {
            if (_mine is null || _runtime.Time.GetElapsedTime(_provenAt) >= _holder.Timing.RenewAfter)
                await BeatAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Outcome unknown: leases are kept until they expire by the clock, the next tick tries again.
            ConsumerLog.HeartbeatFailed(_runtime.Logger, _holder.WorkerId, error);
        }

        var isAll = _renewsAllRows;
        _renewsAllRows = false;
        var due = _owned.Current.Values
            .Where(lease => isAll || lease.SinceRowProof >= (lease.Row.IsHandingOver ? _holder.Timing.RenewAfter : _holder.Timing.FallbackInterval))
            .OrderByDescending(lease => lease.SinceRowProof)
            .ThenBy(lease => lease.LeaseKey, StringComparer.Ordinal);
        await BoundedParallel.ForEachAsync(due, Parallelism, RenewRowAsync, cancellationToken).ConfigureAwait(false);
        var left = _holder.Timing.RenewTick - _runtime.Time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async ValueTask BeatAsync(CancellationToken cancellationToken)
    {
        // What is over by the clock ends before a heartbeat can be taken for its proof.
        foreach (var lease in _owned.Current.Values)
            lease.CheckExpiry();
        var seen = _mine;
        var sentAt = _runtime.Time.GetTimestamp();
        _firstSentAt ??= sentAt;
        using var limit = new CancellationTokenSource(_holder.Timing.RenewTimeout, _runtime.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var result = await WriteAsync(seen, both.Token).ConfigureAwait(false);
        if (result.IsApplied)
            Accept(result.Heartbeat!, seen, sentAt);
        else if (seen is null)
            await BeginAsync(result.Heartbeat, both.Token).ConfigureAwait(false);
        else if (result.Heartbeat is { } now && now.Session == _session && now.Counter == seen.Counter + 1)
            Accept(now, seen, _firstSentAt.Value); // An earlier heartbeat went through although its answer was lost.
        else
            GiveAllUp(result.Heartbeat);
        if (seen is null && _mine is not null)
            await _news.TellLeaderAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first heartbeat finds a row: of an earlier process with this worker's id, or our own whose answer was lost. Its owner, if it still lives, gives everything up.</summary>
    private async ValueTask BeginAsync(WorkerHeartbeat? found, CancellationToken cancellationToken)
    {
        if (found is null)
            return;
        var sentAt = _runtime.Time.GetTimestamp();
        var result = await WriteAsync(found, cancellationToken).ConfigureAwait(false);
        if (result.IsApplied)
            Accept(result.Heartbeat!, null, sentAt);
    }

    private ValueTask<HeartbeatWriteResult> WriteAsync(WorkerHeartbeat? seen, CancellationToken cancellationToken) =>
        _holder.Store.WriteHeartbeatAsync(seen, new(_holder.WorkerId, _session, (seen?.Counter ?? 0) + 1), cancellationToken);

    private void Accept(WorkerHeartbeat now, WorkerHeartbeat? before, long sentAt)
    {
        _mine = now;
        _provenAt = sentAt;
        _firstSentAt = null;
        foreach (var lease in _owned.Current.Values)
            lease.ProveByHeartbeat(sentAt);
        if (before is not null && now.News == before.News)
            return;
        _renewsAllRows = before is not null;
        _finder.FindSoon();
        NewsCame?.Invoke();
    }

    private void GiveAllUp(WorkerHeartbeat? found)
    {
        var loss = new LeaseLoss(found is null ? LeaseLossReason.Expired : LeaseLossReason.Conflict);
        ConsumerLog.HeartbeatLost(_runtime.Logger, _holder.WorkerId, loss.Sentence);
        (_mine, _firstSentAt) = (null, null);
        foreach (var lease in _owned.Current.Values)
            lease.End(loss);
        _finder.FindSoon();
        Loop.Wake();
    }

    private async ValueTask RenewRowAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_holder.Timing.RenewTimeout, _runtime.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await lease.RenewAsync(both.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The news still have to be taken in: the next tick tries every row again.
            _renewsAllRows = true;
            ConsumerLog.RenewalFailed(_runtime.Logger, lease.LeaseKey, lease.SinceProof, error);
        }
    }
}
