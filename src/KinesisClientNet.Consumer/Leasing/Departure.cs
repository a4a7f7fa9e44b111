using System.Collections.Concurrent;
using KinesisClientNet.Consumer.Leasing.Balancing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A worker that is about to stop names a successor for each of its leases and goes on until the successors stand ready; when it then releases a lease, the
/// successor starts within a quarter of a second instead of after expiry, planning and discovery (KCL: 20 to 30 s in a rolling deployment). Successors that
/// are stopping themselves are replaced; when nobody is left the leases are released to nobody, at once.
/// </summary>
internal sealed class Departure(LeaseHolder holder, OwnedLeases owned, LeasePlanLimits limits, FleetNews news, LeaseRuntime runtime)
{
    private const int Parallelism = 20;
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    /// <summary>Names successors and waits until they have had time to find out. Returns at once when there is nobody to hand over to.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the leases may be released.</returns>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        HeldLease[] mine = [.. owned.Current.Values.Where(lease => lease.IsHeld && !lease.Checkpoint.IsShardEnd).OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal)];
        if (mine.Length == 0)
            return;
        var watch = LeaseWatch.Empty;
        TimeSpan? readyAt = null;
        while (true)
        {
            var table = await holder.Store.ReadTableAsync(cancellationToken).ConfigureAwait(false);
            var others = table with { Workers = table.Workers.RemoveAll(worker => worker.WorkerId == holder.WorkerId) };
            var now = runtime.Now;
            watch = watch.Observe(table, now, runtime.Time.GetUtcNow());
            var (named, isNew) = await NameAsync(mine, FleetView.Create(others, watch, now, limits), cancellationToken).ConfigureAwait(false);
            if (named == 0)
                return;
            if (isNew)
            {
                readyAt = now + holder.Timing.Notice;
                ConsumerLog.DepartureAnnounced(runtime.Logger, holder.WorkerId, named, mine.Length, holder.Timing.Notice);
            }

            var left = readyAt!.Value - runtime.Now;
            if (left <= TimeSpan.Zero)
                return;
            // A wait below a millisecond ends at once (Task.Delay counts whole ones): without the lower limit the rest of it is spent in a busy loop.
            await Task.Delay(left < ShortestWait ? ShortestWait : left < holder.Timing.RenewTick ? left : holder.Timing.RenewTick, runtime.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sees to it that every lease has a successor that lives.</summary>
    /// <returns>How many leases have one, and whether any of them has just got it.</returns>
    private async Task<(int Named, bool IsNew)> NameAsync(HeldLease[] mine, FleetView fleet, CancellationToken cancellationToken)
    {
        var placement = fleet.ActiveWorkers.IsEmpty ? null : new LoadPlacement(fleet, limits);
        var wanted = new List<(HeldLease Lease, string? Successor)>();
        var named = 0;
        foreach (var lease in mine.Where(lease => lease.IsHeld))
        {
            if (lease.Row is { IsHandingOver: true } row && fleet.ActiveWorkers.Contains(row.Owner!))
                named++;
            else
                wanted.Add((lease, placement?.Place(lease.Row)));
        }

        var isNew = 0;
        var successors = new ConcurrentQueue<string>();
        await BoundedParallel.ForEachAsync(
            wanted,
            Parallelism,
            async (entry, token) =>
            {
                if (entry.Lease.Row.IsHandingOver)
                    await entry.Lease.CallOffAsync(token).ConfigureAwait(false);
                if (entry.Successor is not null && await entry.Lease.NameSuccessorAsync(entry.Successor, token).ConfigureAwait(false))
                {
                    Interlocked.Increment(ref isNew);
                    successors.Enqueue(entry.Successor);
                }
            },
            cancellationToken).ConfigureAwait(false);
        await news.TellAsync(successors, cancellationToken).ConfigureAwait(false);
        return (named + isNew, isNew > 0);
    }
}
