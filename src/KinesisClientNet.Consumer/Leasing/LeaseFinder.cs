using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Finds the leases that the leader has given to this worker and claims them. The claim is the first renewal: it proves the ownership in one
/// conditional write, so a worker never starts on a stale index entry. Also regains the leases of an earlier process with the same worker id.
/// </summary>
internal sealed class LeaseFinder
{
    private const int Parallelism = 20;

    private readonly LeaseHolder _holder;
    private readonly OwnedLeases _owned;
    private readonly LeaseRuntime _runtime;

    public LeaseFinder(LeaseHolder holder, OwnedLeases owned, LeaseRuntime runtime)
    {
        _holder = holder;
        _owned = owned;
        _runtime = runtime;
        Loop = new("find leases", holder.Timing.RenewTick, runtime);
    }

    /// <summary>The loop, for the health report and to wake it when there is something to find.</summary>
    public LeaseLoop Loop { get; }

    /// <summary>Finds until the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Loop.RunAsync(TimeSpan.Zero, FindAsync, cancellationToken);

    private async ValueTask<TimeSpan> FindAsync(CancellationToken cancellationToken)
    {
        var keys = await _holder.Store.ListKeysOwnedByAsync(_holder.WorkerId, cancellationToken).ConfigureAwait(false);
        var held = _owned.Current;
        await BoundedParallel.ForEachAsync(keys.Where(key => !held.ContainsKey(key)), Parallelism, ClaimAsync, cancellationToken).ConfigureAwait(false);
        return _holder.Timing.FindInterval;
    }

    /// <summary>Claims a lease that this worker owns in the table.</summary>
    /// <param name="leaseKey">The row.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the lease is held or known to be somebody else's.</returns>
    public async ValueTask ClaimAsync(string leaseKey, CancellationToken cancellationToken)
    {
        if (_owned.Current.ContainsKey(leaseKey))
            return;
        var sentAt = _runtime.Time.GetTimestamp();
        var result = await _holder.Store.WriteLeaseAsync(new ClaimLease(leaseKey, _holder.WorkerId), cancellationToken).ConfigureAwait(false);
        if (!result.IsApplied)
            return;
        var lease = new HeldLease(_holder, result.Lease!, sentAt);
        _owned.Add(lease);
        // A claim that took longer than a lease lives has ended the lease before it was added.
        if (lease.Loss is not null)
            _owned.Remove(lease);
        else
            ConsumerLog.LeaseTaken(_runtime.Logger, _holder.WorkerId, lease.LeaseKey, lease.Epoch, lease.Checkpoint.ToString());
    }
}
