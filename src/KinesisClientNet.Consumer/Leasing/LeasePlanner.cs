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
    /// <returns>The plan: leases that nobody works on first, then forced hand-overs, then moves for balance.</returns>
    public static LeasePlan Plan(LeaseTable table, LeaseWatch watch, TimeSpan now, LeasePlanLimits limits)
    {
        var fleet = FleetView.Create(table, watch, now, limits);
        if (fleet.ActiveWorkers.IsEmpty)
            return new([], [], fleet.Free.Length);
        var placement = new CountPlacement(fleet, limits.MaxLeases);
        var moves = ImmutableArray.CreateBuilder<LeaseMove>();
        var unassigned = 0;
        foreach (var lease in fleet.Free)
        {
            if (placement.Place(lease) is { } worker)
                moves.Add(new(lease, worker, LeaseMoveKind.Assign));
            else
                unassigned++;
        }

        foreach (var lease in fleet.Stuck)
        {
            if (placement.Force(lease) is { } worker)
                moves.Add(new(lease, worker, LeaseMoveKind.Force));
        }

        moves.AddRange(placement.Level(Math.Max(0, limits.MaxHandovers - fleet.PendingHandovers)));
        return new(moves.ToImmutable(), fleet.ActiveWorkers, unassigned);
    }
}
