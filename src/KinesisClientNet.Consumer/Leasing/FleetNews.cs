using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Per-worker renewal: tells other workers that the table has changed in a way that concerns them. They learn it from the answer to their next heartbeat, so nobody has to ask
/// at intervals. With per-lease renewal it does nothing. News that are lost cost time, not leases: every worker looks by itself at <see cref="LeaseTiming.FallbackInterval"/>.
/// </summary>
internal sealed class FleetNews(LeaseHolder holder, LeaseRuntime runtime)
{
    private const int Parallelism = 20;

    /// <summary>Tells some workers. Never throws for the store's sake.</summary>
    public async ValueTask TellAsync(IEnumerable<string> workers, CancellationToken cancellationToken)
    {
        if (holder.Renewal != LeaseRenewal.PerWorker)
            return;
        await BoundedParallel.ForEachAsync(workers.Distinct(StringComparer.Ordinal), Parallelism, TellOneAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the leader, whoever that is. Never throws for the store's sake.</summary>
    public async ValueTask TellLeaderAsync(CancellationToken cancellationToken)
    {
        if (holder.Renewal != LeaseRenewal.PerWorker)
            return;
        try
        {
            if (await holder.Store.PeekLeaderLockAsync(cancellationToken).ConfigureAwait(false) is { IsReleased: false } leader)
                await holder.Store.TellAsync(leader.Owner, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            ConsumerLog.NewsLost(runtime.Logger, "the leader", holder.Timing.FallbackInterval, error);
        }
    }

    private async ValueTask TellOneAsync(string worker, CancellationToken cancellationToken)
    {
        try
        {
            await holder.Store.TellAsync(worker, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            ConsumerLog.NewsLost(runtime.Logger, worker, holder.Timing.FallbackInterval, error);
        }
    }
}
