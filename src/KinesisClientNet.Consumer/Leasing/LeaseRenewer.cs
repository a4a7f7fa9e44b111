using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Proves this worker's life on every lease that it holds. Oldest proof first, bounded in parallel and in time, so that one slow row does not cost the others.</summary>
internal sealed class LeaseRenewer : IRenewal
{
    /// <summary>KCL's default for <c>maxLeaseRenewalThreads</c>.</summary>
    private const int Parallelism = 20;

    private readonly LeaseHolder _holder;
    private readonly OwnedLeases _owned;
    private readonly LeaseRuntime _runtime;
    private readonly LeaseLoop _loop;

    public LeaseRenewer(LeaseHolder holder, OwnedLeases owned, LeaseRuntime runtime)
    {
        _holder = holder;
        _owned = owned;
        _runtime = runtime;
        _loop = new("renew leases", holder.Timing.RenewTick, runtime);
    }

    /// <inheritdoc/>
    public LeaseLoop Loop => _loop;

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => _loop.RunAsync(_holder.Timing.RenewTick, RenewDueAsync, cancellationToken);

    /// <summary>Nothing stands in the table but the leases themselves.</summary>
    public ValueTask EndAsync(CancellationToken cancellationToken) => default;

    private async ValueTask<TimeSpan> RenewDueAsync(CancellationToken cancellationToken)
    {
        var started = _runtime.Time.GetTimestamp();
        var due = _owned.Current.Values
            .Where(lease => lease.SinceProof >= _holder.Timing.RenewAfter)
            .OrderByDescending(lease => lease.SinceProof)
            .ThenBy(lease => lease.LeaseKey, StringComparer.Ordinal);
        await BoundedParallel.ForEachAsync(due, Parallelism, RenewAsync, cancellationToken).ConfigureAwait(false);
        var left = _holder.Timing.RenewTick - _runtime.Time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async ValueTask RenewAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_holder.Timing.RenewTimeout, _runtime.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await lease.RenewAsync(both.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Outcome unknown: the lease is kept until it expires by the clock, the next tick tries again.
            ConsumerLog.RenewalFailed(_runtime.Logger, lease.LeaseKey, lease.SinceProof, error);
        }
    }
}
