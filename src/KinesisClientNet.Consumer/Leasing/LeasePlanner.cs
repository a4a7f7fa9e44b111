using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing.Balancing;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Decides who should have which lease. Pure: the same table, watch and time give the same plan.</summary>
internal static class LeasePlanner
{
    /// <summary>Plans.</summary>
    /// <param name="table">What was read.</param>
    /// <param name="watch">The watch after this reading.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="limits">The bounds.</param>
    /// <param name="mayRelieveCpu">Whether the reports show what the last moves have changed; else CPU only says who must not get more.</param>
    /// <returns>The plan: leases that nobody works on first, then hand-overs that went wrong, then moves for balance.</returns>
    public static LeasePlan Plan(LeaseTable table, LeaseWatch watch, TimeSpan now, LeasePlanLimits limits, bool mayRelieveCpu = true)
    {
        var fleet = FleetView.Create(table, watch, now, limits);
        if (fleet.ActiveWorkers.IsEmpty)
            return new([], [], fleet.Free.Length);
        var placement = new LoadPlacement(fleet, limits);
        var moves = ImmutableArray.CreateBuilder<LeaseMove>();
        var unassigned = 0;
        // Heavy ones first, so that the light ones can fill up what they leave; a stable sort keeps the longest waiting first among equals.
        foreach (var lease in fleet.Free.OrderByDescending(fleet.Weights.Of))
        {
            if (placement.Place(lease) is { } worker)
                moves.Add(new(lease, worker, LeaseMoveKind.Assign));
            else
                unassigned++;
        }

        moves.AddRange(fleet.Aimless.Select(lease => new LeaseMove(lease, lease.CheckpointOwner!, LeaseMoveKind.CallOff)));
        moves.AddRange(fleet.Stuck.Select(lease => new LeaseMove(lease, placement.Force(lease), LeaseMoveKind.Force)));
        var budget = Math.Max(0, limits.MaxHandovers - fleet.PendingHandovers);
        LeaseMove[] relief = mayRelieveCpu && !limits.IsByCount ? [.. placement.Relieve(budget)] : [];
        moves.AddRange(relief);
        moves.AddRange(placement.Level(budget - relief.Length));
        return new(moves.ToImmutable(), fleet.ActiveWorkers, unassigned) { RelievesCpu = relief.Length > 0 };
    }
}
