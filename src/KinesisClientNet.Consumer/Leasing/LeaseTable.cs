using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>The lease table as one reader saw it. Immutable. Not a point in time: rows are read one after the other.</summary>
/// <param name="Leases">The leases.</param>
/// <param name="Workers">The workers' reports.</param>
/// <param name="UnreadableItems">Rows that look like leases but could not be read; they are left alone and counted.</param>
public sealed record LeaseTable(ImmutableArray<Lease> Leases, ImmutableArray<WorkerReport> Workers, int UnreadableItems = 0)
{
    /// <summary>The workers' heartbeats; empty unless workers renew <see cref="LeaseRenewal.PerWorker"/>.</summary>
    public ImmutableArray<WorkerHeartbeat> Heartbeats { get; init; } = [];

    /// <summary>A table without rows.</summary>
    public static LeaseTable Empty { get; } = new([], []);
}
