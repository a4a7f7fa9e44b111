using System.Collections.Immutable;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Keeps the leases of one worker: finds the ones that it was given, proves its life on them, gives them up. What is held stands in
/// <see cref="Owned"/>; how a lease ended, in <see cref="HeldLease.Loss"/>. Knows nothing of records.
/// </summary>
internal sealed class LeaseKeeper
{
    /// <summary>A minute of a store that does not answer, with leases of ten seconds; then the worker ends with the store's error.</summary>
    private const int MostJoinFailures = 60;

    private readonly LeaseRuntime _runtime;
    private readonly OwnedLeases _owned = new();
    private readonly LeaseHolder _holder;
    private readonly IRenewal _renewer;
    private readonly FleetNews _news;
    private readonly bool _maySwitchRenewal;
    private readonly LeaseFinder _finder;
    private readonly WorkerReporter _reporter;
    private readonly LeaderSeat? _seat;
    private readonly LeaseAssigner? _assigner;
    private readonly ShardEnd _shardEnd;
    private readonly ShardSyncer _syncer;
    private readonly StreamDirectory _streams;
    private readonly Departure _departure;
    private readonly TaskCompletionSource _stopped = new();

    /// <param name="workerId">This process, unique in the fleet; differs from every lease key.</param>
    /// <param name="options">Copied by the caller; checked here.</param>
    /// <param name="streams">The streams whose shards are leased.</param>
    /// <param name="store">Where leases are kept.</param>
    /// <param name="api">Lists shards.</param>
    /// <param name="runtime">Time, chance, ids, log.</param>
    public LeaseKeeper(
        string workerId, LeaseOptions options, StreamDirectory streams, ILeaseStore store, IKinesisApi api, LeaseRuntime runtime)
    {
        WorkerIdRule.Check(workerId, streams);
        options.Validate("Leases");
        _runtime = runtime;
        _holder = new(workerId, store, new(options.Duration, options.Renewal), runtime.Time, OnEnded) { Renewal = options.Renewal, CanLead = options.CanLead };
        _maySwitchRenewal = options.SwitchRenewal;
        _finder = new(_holder, _owned, runtime);
        _news = new(_holder, runtime);
        var heartbeat = options.Renewal == LeaseRenewal.PerWorker ? new HeartbeatRenewer(_holder, _owned, _finder, _news, runtime) : null;
        _renewer = heartbeat ?? (IRenewal)new LeaseRenewer(_holder, _owned, runtime);
        _reporter = new(_holder, streams, runtime, options.CpuUtilization ?? runtime.CpuUtilization);
        _streams = streams;
        _syncer = new(streams, new(streams, options.FormerStreamGrace, store, api, runtime), store, api, _holder.Timing, runtime);
        _shardEnd = new(streams, _holder, _finder, _owned, options.MaxLeases, api);
        var timing = _holder.Timing;
        var limits = new LeasePlanLimits(
            timing.Duration, options.HandoverTimeout + timing.Duration + timing.Notice, timing.ReportLimit, options.MaxLeases, MaxHandovers: 256)
        {
            IsByCount = options.BalancesByCount,
            MaxThroughputKBps = options.MaxThroughputKBps ?? double.PositiveInfinity,
            Renewal = options.Renewal,
        };
        _departure = new(_holder, _owned, limits, _news, runtime);
        if (!options.CanLead)
            return;
        _seat = new(_holder, runtime);
        _assigner = new(_holder, _seat, _syncer, _finder, _news, limits, runtime);
        if (heartbeat is not null)
            heartbeat.NewsCame = _assigner.LookNow;
    }

    /// <summary>The leases that this worker holds, by key. An immutable snapshot.</summary>
    public ImmutableSortedDictionary<string, HeldLease> Owned => _owned.Current;

    /// <summary>Waits until the held set differs from the one that the caller knows.</summary>
    /// <param name="known">The set that the caller has worked on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The newest set.</returns>
    public ValueTask<ImmutableSortedDictionary<string, HeldLease>> NextOwnedAsync(
        ImmutableSortedDictionary<string, HeldLease> known, CancellationToken cancellationToken) => _owned.NextAsync(known, cancellationToken);

    /// <summary>
    /// Keeps leases until the end. After <paramref name="draining"/> no lease is added and leadership is resigned, while held leases are still
    /// renewed; the task ends when all of them are released. After <paramref name="aborted"/> it ends at once: what is held is lost here and expires
    /// for the others.
    /// </summary>
    /// <param name="draining">Begin to stop.</param>
    /// <param name="aborted">Stop at once.</param>
    /// <returns>A task that ends normally in both cases, with an error only when the store cannot be prepared.</returns>
    public async Task RunAsync(CancellationToken draining, CancellationToken aborted = default)
    {
        using var finding = CancellationTokenSource.CreateLinkedTokenSource(draining, aborted);
        using var renewing = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var renewals = Task.CompletedTask;
        try
        {
            await _holder.Store.PrepareAsync(finding.Token).ConfigureAwait(false);
            await JoinAsync(finding.Token).ConfigureAwait(false);
            var nextReport = await _reporter.BeginAsync(finding.Token).ConfigureAwait(false);
            renewals = _renewer.RunAsync(renewing.Token);
            await Task.WhenAll(
                _finder.RunAsync(finding.Token),
                _reporter.RunAsync(nextReport, finding.Token),
                _seat?.RunAsync(finding.Token, aborted) ?? Task.CompletedTask,
                _assigner?.RunAsync(finding.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            await _reporter.WithdrawAsync(aborted).ConfigureAwait(false);
            _stopped.TrySetResult();
            await DrainAsync(aborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (finding.IsCancellationRequested)
        {
            // The end was asked for while the store was prepared, or by an abort.
        }
        finally
        {
            _stopped.TrySetResult();
            foreach (var lease in _owned.Current.Values)
                lease.End(new(LeaseLossReason.Stopped));

            // Not left to the link with the abort: this method may learn of the abort first, and disposing the source then would cut the link and let
            // the loop run for ever.
            await renewing.CancelAsync().ConfigureAwait(false);
            await renewals.ConfigureAwait(false);
            if (!aborted.IsCancellationRequested)
                await _renewer.EndAsync(aborted).ConfigureAwait(false);
        }
    }

    /// <summary>The leader's last plan; nothing for a worker that does not lead.</summary>
    public LeasePlan LastPlan => _assigner?.LastPlan ?? LeasePlan.Nothing;

    /// <summary>Creates the first leases of a stream that was added while running.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async ValueTask BeginStreamAsync(LeasedStream stream, CancellationToken cancellationToken)
    {
        if (await _syncer.BeginAsync(stream, cancellationToken).ConfigureAwait(false) > 0)
            await _news.TellLeaderAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The worker lists other streams than before: it says so in its report, and a leader looks at once.</summary>
    public void StreamsChanged()
    {
        _reporter.Loop.Wake();
        _assigner?.LookNow();
    }

    /// <summary>
    /// Call it when the worker has begun to stop and before shards are stopped: names a successor for every lease and waits until the successors stand
    /// ready. Shards go on being processed meanwhile. Never throws for the store's sake: without successors the leader gives the leases out.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when shards may be stopped and leases released.</returns>
    public async Task AnnounceDepartureAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Resigned and withdrawn first: nobody gives this worker leases any more, and another leader plans without it.
            await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            await _departure.AnnounceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time for it is over; the shards are stopped now.
        }
        catch (Exception error)
        {
            ConsumerLog.DepartureFailed(_runtime.Logger, _holder.WorkerId, error);
        }
    }

    /// <summary>Gives a lease up: to the worker that it is to be handed to, else to nobody. Call it when the shard is not worked on any more.</summary>
    /// <param name="lease">A lease of <see cref="Owned"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the lease then expires.</param>
    /// <returns>A task that ends when the row is written.</returns>
    public async ValueTask ReleaseAsync(HeldLease lease, CancellationToken cancellationToken = default)
    {
        try
        {
            await lease.ReleaseAsync(cancellationToken).ConfigureAwait(false);
            if (lease.Loss?.Reason == LeaseLossReason.Released)
                await _news.TellLeaderAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ConsumerLog.ReleaseFailed(_runtime.Logger, lease.LeaseKey, _holder.Timing.Duration, error);
            _finder.FindSoon();
            throw;
        }
    }

    /// <summary>
    /// Ends a shard that is read and checkpointed to its end: creates the children's leases first, then writes SHARD_END. Repeatable at any
    /// point. The lease stays held (and renewed) until it is cleaned up or moved.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="children">The children that the last page named; empty asks the stream.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the shard is completed.</returns>
    public ValueTask<ShardEndResult> CompleteShardAsync(
        HeldLease lease, IReadOnlyList<ChildShard> children, CancellationToken cancellationToken = default) =>
        _shardEnd.CompleteAsync(lease, children, cancellationToken);

    /// <summary>Whether a shard may start: its parents' leases are gone or at SHARD_END.</summary>
    /// <param name="lease">The lease of the child.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The first parent that is not finished; null when the shard may start.</returns>
    public ValueTask<Lease?> FindUnfinishedParentAsync(HeldLease lease, CancellationToken cancellationToken = default) =>
        _shardEnd.FindUnfinishedParentAsync(lease, cancellationToken);

    /// <summary>The keys of the leases differ between applications with one stream and with many: the other kind's would never be found, and their progress be lost silently.</summary>
    /// <summary>A store that fails while the worker joins does not end it at once; that it may not join is an <see cref="InvalidOperationException"/> and ends it.</summary>
    private async ValueTask JoinAsync(CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await RenewalMode.EnsureAsync(_holder, _maySwitchRenewal, _runtime, cancellationToken).ConfigureAwait(false);
                await RefuseOtherKindAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is not InvalidOperationException && !cancellationToken.IsCancellationRequested && failures < MostJoinFailures)
            {
                ConsumerLog.LoopFailed(_runtime.Logger, "join", failures, _holder.Timing.RenewTick, error);
                await Task.Delay(_holder.Timing.RenewTick, _runtime.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask RefuseOtherKindAsync(CancellationToken cancellationToken)
    {
        var table = await _holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
        if (table.Leases.FirstOrDefault(lease => lease.StreamId is not null != _streams.IsMulti) is { } other)
        {
            throw new InvalidOperationException(
                $"The lease table holds '{other.LeaseKey}', a lease of {(_streams.IsMulti ? "a single-stream" : "a multi-stream")} application; this worker reads {(_streams.IsMulti ? "many streams" : "one stream")}. " +
                "Their keys differ, so it would read everything anew. Give this application another name (ApplicationName or Leases.TableName), or configure its streams as before; nothing was written.");
        }
    }

    private void OnEnded(HeldLease lease, LeaseLoss loss)
    {
        _owned.Remove(lease);
        if (loss.Reason is LeaseLossReason.Released or LeaseLossReason.HandedOver or LeaseLossReason.Stopped)
            ConsumerLog.LeaseEnded(_runtime.Logger, _holder.WorkerId, lease.LeaseKey, loss.Reason, loss.NewOwner ?? "none");
        else
            ConsumerLog.LeaseLost(_runtime.Logger, _holder.WorkerId, lease.LeaseKey, loss.Sentence, loss.NewOwner ?? "none");

        // The leader takes a worker whose lease expired for dead until it reports.
        if (loss.Reason is LeaseLossReason.Expired or LeaseLossReason.Taken)
            _reporter.SayAlive();
        // Its row may still name this worker, whose heartbeat keeps it from expiring: then it is claimed anew.
        if (loss.Reason is LeaseLossReason.Expired or LeaseLossReason.Conflict)
            _finder.FindSoon();
        // A missing row is repaired by the leader, which need not read the table for long. It never throws, and nobody waits for it.
        if (loss.Reason == LeaseLossReason.Deleted)
            _ = _news.TellLeaderAsync(CancellationToken.None).AsTask();
    }

    /// <summary>Waits until the last lease is released. Leases of finished shards have no worker behind them, so they are released here.</summary>
    private async Task DrainAsync(CancellationToken aborted)
    {
        var owned = _owned.Current;
        while (!owned.IsEmpty)
        {
            foreach (var lease in owned.Values.Where(lease => lease.Checkpoint.IsShardEnd))
                await TryReleaseAsync(lease, aborted).ConfigureAwait(false);
            owned = await _owned.NextAsync(owned, aborted).ConfigureAwait(false);
        }
    }

    private async ValueTask TryReleaseAsync(HeldLease lease, CancellationToken aborted)
    {
        try
        {
            await lease.ReleaseAsync(aborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Released here in any case; in the table the lease expires.
            ConsumerLog.ReleaseFailed(_runtime.Logger, lease.LeaseKey, _holder.Timing.Duration, error);
        }
    }
}
