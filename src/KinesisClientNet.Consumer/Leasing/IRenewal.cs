namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Proves this worker's life on the leases that it holds: row by row, or by one heartbeat for all.</summary>
internal interface IRenewal
{
    /// <summary>The loop, for the health report.</summary>
    LeaseLoop Loop { get; }

    /// <summary>Renews until the token is cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Takes away what says that this worker lives, when it has given all its leases up. Never throws for the store's sake.</summary>
    ValueTask EndAsync(CancellationToken cancellationToken);
}
