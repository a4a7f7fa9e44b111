namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// What a refused renewal or checkpoint means for the worker that believed to hold the lease (reference: KCL 3.5 behaviour, "renewal conflict").
/// Unlike KCL, the "my earlier write went through" case is also recognised while a hand-over is pending.
/// </summary>
/// <param name="Loss">Why the lease is lost; null when it is still this worker's.</param>
/// <param name="IsEarlierWriteApplied">True when a write whose answer was lost has been applied.</param>
internal readonly record struct RenewalConflict(LeaseLoss? Loss, bool IsEarlierWriteApplied)
{
    /// <summary>Judges a refused write.</summary>
    /// <param name="mine">The row in the worker's memory.</param>
    /// <param name="current">The row as it stands; null when it is gone.</param>
    /// <param name="workerId">The worker.</param>
    /// <returns>The verdict.</returns>
    public static RenewalConflict Judge(Lease mine, Lease? current, string workerId)
    {
        if (current is null)
            return new(new(LeaseLossReason.Deleted), false);
        if (current.ActualOwner != workerId)
            return new(new(LeaseLossReason.Taken, current.Owner), false);
        if (current.CheckpointOwner == current.Owner)
            return new(new(LeaseLossReason.Conflict), false);
        // The leader has called a hand-over off: it has moved the counter, not this worker, so nothing is proven by it.
        if (mine.IsHandingOver && !current.IsHandingOver)
            return new(null, false);
        return (current.Counter - mine.Counter) switch
        {
            0 => new(null, false),
            1 => new(null, true),
            _ => new(new(LeaseLossReason.Conflict), false),
        };
    }
}
