using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Finds the leases that the leader has given to this worker and claims them. The claim is the first renewal: it proves the ownership in one
/// conditional write, so a worker never starts on a stale index entry. Also regains the leases of an earlier process with the same worker id.
/// </summary>
internal sealed class LeaseFinder
{
    private const int Parallelism = 20;

    /// <summary>The index may lag behind the news: it is asked again with the next heartbeats.</summary>
    private const int LooksAfterNews = 3;

    private readonly LeaseHolder _holder;
    private readonly OwnedLeases _owned;
    private readonly LeaseRuntime _runtime;
    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private readonly Lock _expecting = new();
    private TimeSpan? _listedAt;
    private int _emptyHanded;
    private int _soon;

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

    /// <summary>Asks the index now instead of at the next interval.</summary>
    public void FindNow()
    {
        _listedAt = null;
        Loop.Wake();
    }

    /// <summary>Per-worker renewal: something has changed for this worker; asks the index now and with the next heartbeats. Otherwise it is asked at short intervals in any case.</summary>
    public void FindSoon()
    {
        if (_holder.Renewal != LeaseRenewal.PerWorker)
            return;
        Volatile.Write(ref _soon, LooksAfterNews);
        FindNow();
    }

    /// <summary>
    /// A worker that holds nothing has just started, or has lost everything: it looks again soon, then ever more rarely. At a start the leader gives
    /// leases out some hundred milliseconds after the first look; a whole interval of waiting would be the longest part of the start.
    /// </summary>
    private TimeSpan ListInterval
    {
        get
        {
            var longest = _holder.Renewal == LeaseRenewal.PerLease ? _holder.Timing.FindInterval
                : Volatile.Read(ref _soon) > 0 ? _holder.Timing.RenewAfter : _holder.Timing.FallbackInterval;
            var soon = _holder.Timing.RenewTick * (1 << Math.Min(_emptyHanded, 8)) / 2;
            return _emptyHanded == 0 || soon > longest ? longest : soon;
        }
    }

    private async ValueTask<TimeSpan> FindAsync(CancellationToken cancellationToken)
    {
        var now = _runtime.Now;
        if (_listedAt is not { } listed || now - listed >= ListInterval - _holder.Timing.Epsilon)
        {
            var keys = await _holder.Store.ListKeysOwnedByAsync(_holder.WorkerId, cancellationToken).ConfigureAwait(false);
            _listedAt = now;
            if (Volatile.Read(ref _soon) is > 0 and var left)
                Interlocked.CompareExchange(ref _soon, left - 1, left);
            await BoundedParallel.ForEachAsync(keys, Parallelism, ClaimAsync, cancellationToken).ConfigureAwait(false);
            _emptyHanded = _owned.Current.IsEmpty ? _emptyHanded + 1 : 0;
        }
        else
        {
            await BoundedParallel.ForEachAsync(Expected(), Parallelism, LookAsync, cancellationToken).ConfigureAwait(false);
        }

        var untilList = _listedAt is { } at ? at + ListInterval - _runtime.Now : TimeSpan.Zero;
        var next = Expected().Length > 0 && _holder.Timing.ExpectInterval < untilList ? _holder.Timing.ExpectInterval : untilList;
        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    /// <summary>Looks at a lease whose hand-over to this worker is pending, and claims it when the old owner has let go.</summary>
    private async ValueTask LookAsync(string leaseKey, CancellationToken cancellationToken)
    {
        var row = await _holder.Store.ReadLeaseAsync(leaseKey, cancellationToken).ConfigureAwait(false);
        if (row?.Owner != _holder.WorkerId)
            Expect(leaseKey, false);
        else if (!row.IsHandingOver)
            await ClaimAsync(leaseKey, cancellationToken).ConfigureAwait(false);
    }

    private string[] Expected()
    {
        lock (_expecting)
            return [.. _expected.Order(StringComparer.Ordinal)];
    }

    private void Expect(string leaseKey, bool isExpected)
    {
        lock (_expecting)
        {
            if (isExpected)
                _expected.Add(leaseKey);
            else
                _expected.Remove(leaseKey);
        }
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
        Expect(leaseKey, !result.IsApplied && result.Lease is { IsHandingOver: true } row && row.Owner == _holder.WorkerId);
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
