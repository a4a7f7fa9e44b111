namespace KinesisClientNet.Consumer.Leasing;

/// <summary>The row that proves all leases of one worker (<see cref="LeaseRenewal.PerWorker"/>). Not part of KCL's format: KCL skips it.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Session">The worker's process: another process with the same id is told apart.</param>
/// <param name="Counter">Grows with every heartbeat.</param>
public sealed record WorkerHeartbeat(string WorkerId, string Session, long Counter)
{
    /// <summary>Grows when somebody has changed the table in a way that concerns this worker; the worker reads it from the answer to its heartbeat, at no cost.</summary>
    public long News { get; init; }

    /// <summary>Whether this is the heartbeat that another reader has seen: same process, same counter.</summary>
    /// <param name="seen">What was seen, or null for no row.</param>
    /// <returns>True when nothing but the news can have changed.</returns>
    public bool IsSameAs(WorkerHeartbeat? seen) => seen is not null && seen.WorkerId == WorkerId && seen.Session == Session && seen.Counter == Counter;
}
