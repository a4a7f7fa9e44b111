namespace KinesisClientNet.Consumer.Leasing;

/// <summary>The lock item of the leader (protocol of the DynamoDB lock client 1.4): who leads, and a version that changes with every heartbeat.</summary>
/// <param name="Owner">The leading worker (<c>ownerName</c>).</param>
/// <param name="Duration">After this time without a new version anybody may take the lock (<c>leaseDuration</c>).</param>
/// <param name="Version">Fresh at every write (<c>recordVersionNumber</c>).</param>
public sealed record LeaderLock(string Owner, TimeSpan Duration, string Version)
{
    /// <summary>True for a lock that its owner gave back without deleting it; anybody may take it at once (<c>isReleased</c>).</summary>
    public bool IsReleased { get; init; }

    /// <summary>
    /// How the table's leases are renewed. A table without a lock is <see cref="LeaseRenewal.PerLease"/>, as KCL leaves it. In a <see cref="LeaseRenewal.PerWorker"/>
    /// table the row always stands, also when nobody leads, and looks to KCL's lock client like a lock that never expires.
    /// </summary>
    public LeaseRenewal Renewal { get; init; }

    /// <summary>The follower that the leader has asked to watch the lock closely; null for none. The others look rarely.</summary>
    public string? Deputy { get; init; }
}
