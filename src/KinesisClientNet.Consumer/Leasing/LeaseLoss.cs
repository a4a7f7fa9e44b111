namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Why a worker stopped holding a lease.</summary>
internal enum LeaseLossReason
{
    /// <summary>No proof of life was accepted in time; the worker stopped by its own clock.</summary>
    Expired,

    /// <summary>Another worker has the lease.</summary>
    Taken,

    /// <summary>The row is gone.</summary>
    Deleted,

    /// <summary>The row was changed in a way that this worker does not understand (for instance by a second process with the same worker id).</summary>
    Conflict,

    /// <summary>Given up by this worker: shutdown, or the processing of the shard is over.</summary>
    Released,

    /// <summary>Handed over to the worker that it was moved to.</summary>
    HandedOver,

    /// <summary>The lease keeper ended without releasing.</summary>
    Stopped,
}

/// <summary>How a lease ended for this worker.</summary>
/// <param name="Reason">Why.</param>
/// <param name="NewOwner">Who has it now; null when nobody has or nobody looked.</param>
internal sealed record LeaseLoss(LeaseLossReason Reason, string? NewOwner = null)
{
    public string Sentence => Reason switch
    {
        LeaseLossReason.Expired => "no renewal was accepted within the lease duration (paused process, or lease store not reachable).",
        LeaseLossReason.Taken => "the leader gave it to another worker.",
        LeaseLossReason.Deleted => "its row was deleted from the lease table.",
        LeaseLossReason.Conflict => "its row was changed by somebody else under this worker's id; make sure that worker ids are unique.",
        LeaseLossReason.Released => "this worker gave it up.",
        LeaseLossReason.HandedOver => "this worker handed it over.",
        _ => "the lease keeper of this worker has ended.",
    };
}
