using KinesisClientNet.Consumer.Leasing.Balancing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A worker that is about to stop names a successor for each of its leases and goes on until the successors stand ready; when it then releases a lease, the
/// successor starts within a quarter of a second instead of after expiry, planning and discovery (KCL: 20 to 30 s in a rolling deployment).
/// </summary>
internal sealed class Departure(LeaseHolder holder, OwnedLeases owned, LeasePlanLimits limits, LeaseRuntime runtime)
{
    private const int Parallelism = 20;

    /// <summary>Names successors and waits until they have had time to find out. Returns at once when there is nobody to hand over to.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the leases may be released.</returns>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        HeldLease[] mine = [.. owned.Current.Values.Where(lease => lease.IsHeld && !lease.Checkpoint.IsShardEnd)];
        if (mine.Length == 0)
            return;
        var table = await holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
        var others = table with { Workers = table.Workers.RemoveAll(worker => worker.WorkerId == holder.WorkerId) };
        var now = runtime.Now;
        var fleet = FleetView.Create(others, LeaseWatch.Empty.Observe(others, now, runtime.Time.GetUtcNow()), now, limits);
        if (fleet.ActiveWorkers.IsEmpty)
            return;
        var placement = new CountPlacement(fleet, limits.MaxLeases);
        var named = 0;
        await BoundedParallel.ForEachAsync(
            mine.Select(lease => (Lease: lease, Successor: placement.Place(lease.Row))).Where(entry => entry.Successor is not null).ToArray(),
            Parallelism,
            async (entry, token) =>
            {
                if (await entry.Lease.NameSuccessorAsync(entry.Successor!, token).ConfigureAwait(false))
                    Interlocked.Increment(ref named);
            },
            cancellationToken).ConfigureAwait(false);
        if (named == 0)
            return;
        ConsumerLog.DepartureAnnounced(runtime.Logger, holder.WorkerId, named, mine.Length, holder.Timing.Notice);
        await Task.Delay(holder.Timing.Notice, runtime.Time, cancellationToken).ConfigureAwait(false);
    }
}
