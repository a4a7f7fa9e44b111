using KinesisClientNet.Core;

namespace KinesisClientNet.Consumer;

/// <summary>
/// A checkpoint was refused because this worker no longer holds the shard's lease: another worker has it, or it expired here. The records since
/// the last accepted checkpoint will be delivered again, to the next owner. Stop working on the shard; nothing needs to be repaired.
/// </summary>
public sealed class LeaseLostException : KinesisClientException
{
    /// <summary>Creates the error.</summary>
    /// <param name="leaseKey">The lease's key.</param>
    /// <param name="newOwner">The worker that has the lease now; null when nobody has, or nobody looked.</param>
    /// <param name="reason">Why the lease was lost, one sentence.</param>
    /// <param name="innerException">The cause, or null.</param>
    public LeaseLostException(string leaseKey, string? newOwner, string reason, Exception? innerException = null)
        : base(
            $"Lease '{leaseKey}' is lost: {reason} {(newOwner is null ? "It has no known owner now." : $"Worker '{newOwner}' has it now.")} " +
            "Records since the last accepted checkpoint are delivered again to the next owner.",
            isTransient: false,
            innerException)
    {
        LeaseKey = leaseKey;
        NewOwner = newOwner;
    }

    /// <summary>The lease's key: the shard id, or for several streams <c>account:stream:epoch:shardId</c>.</summary>
    public string LeaseKey { get; }

    /// <summary>The worker that has the lease now; null when nobody has, or nobody looked.</summary>
    public string? NewOwner { get; }
}
