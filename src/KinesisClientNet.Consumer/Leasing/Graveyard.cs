using System.Collections.Immutable;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Per-worker renewal: before leases of a silent worker are given away its heartbeat row is deleted, if it still stands as the leader saw it. From then on no heartbeat of that
/// worker can be accepted, so it cannot take its leases for held; a worker that has come back in between keeps them. It is to the heartbeat what the counter in the assignment is to the row.
/// </summary>
internal sealed class Graveyard(LeaseHolder holder, LeaseRuntime runtime)
{
    /// <summary>A heartbeat that stands still this long belongs to nobody, also when no lease is to be moved.</summary>
    private const int ForgetAfter = 6;

    /// <summary>Buries the silent owners of the leases that are to be assigned.</summary>
    /// <param name="moves">The plan.</param>
    /// <param name="table">The table as it was read for the plan.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The moves that may be made: not those of owners that turned out to live.</returns>
    public async ValueTask<ImmutableArray<LeaseMove>> BuryOwnersAsync(ImmutableArray<LeaseMove> moves, LeaseTable table, CancellationToken cancellationToken)
    {
        var beats = table.Heartbeats.ToDictionary(beat => beat.WorkerId, StringComparer.Ordinal);
        var living = new HashSet<string>(StringComparer.Ordinal);
        foreach (var owner in moves.Where(IsOfSilentOwner).GroupBy(move => move.Lease.ActualOwner!, StringComparer.Ordinal))
        {
            if (!beats.TryGetValue(owner.Key, out var beat))
                continue;
            if (await BuryAsync(beat, cancellationToken).ConfigureAwait(false))
                ConsumerLog.WorkerBuried(runtime.Logger, owner.Key, owner.Count());
            else
                living.Add(owner.Key);
        }

        return living.Count == 0 ? moves : moves.RemoveAll(move => IsOfSilentOwner(move) && living.Contains(move.Lease.ActualOwner!));
    }

    /// <summary>Removes heartbeats that workers without leases have left behind.</summary>
    public async ValueTask ForgetAsync(LeaseTable table, LeaseWatch watch, TimeSpan now, CancellationToken cancellationToken)
    {
        foreach (var beat in table.Heartbeats)
        {
            if (beat.WorkerId != holder.WorkerId && watch.BeatAt(beat.WorkerId) is { } at && now - at > holder.Timing.Duration * ForgetAfter)
                await BuryAsync(beat, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsOfSilentOwner(LeaseMove move) => move.Kind == LeaseMoveKind.Assign && move.Lease.ActualOwner is not null;

    private async ValueTask<bool> BuryAsync(WorkerHeartbeat beat, CancellationToken cancellationToken)
    {
        var result = await holder.Store.WriteHeartbeatAsync(beat, null, cancellationToken).ConfigureAwait(false);
        return result.IsApplied || result.Heartbeat is null;
    }
}
