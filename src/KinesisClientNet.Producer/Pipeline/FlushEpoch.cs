namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// The Kinesis records that were begun between two flushes. A flush waits for its own epoch and all before it; one counter per Kinesis
/// record, none per user record.
/// </summary>
internal sealed class FlushEpoch
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal long Unsettled { get; set; }

    internal bool IsClosed { get; set; }

    /// <summary>Completes when every record of this epoch and of those before it has its outcome.</summary>
    internal Task Settled => _settled.Task;

    internal void Complete() => _settled.TrySetResult();
}

/// <summary>All epochs that still wait, oldest first. Thread-safe.</summary>
internal sealed class FlushEpochs
{
    private readonly Lock _gate = new();
    private readonly Queue<FlushEpoch> _waiting = new();
    private FlushEpoch _current = new();

    /// <summary>Counts a Kinesis record in.</summary>
    /// <returns>Its epoch.</returns>
    internal FlushEpoch Enter()
    {
        lock (_gate)
        {
            _current.Unsettled++;
            return _current;
        }
    }

    /// <summary>Counts a Kinesis record into the epoch of the one that it was split from.</summary>
    internal void Join(FlushEpoch epoch)
    {
        lock (_gate)
            epoch.Unsettled++;
    }

    internal void Leave(FlushEpoch epoch)
    {
        lock (_gate)
        {
            epoch.Unsettled--;
            CompleteFinished();
        }
    }

    /// <summary>Ends the current epoch.</summary>
    /// <returns>Completes when all that was begun before has its outcome.</returns>
    internal Task Close()
    {
        lock (_gate)
        {
            var closed = _current;
            closed.IsClosed = true;
            _waiting.Enqueue(closed);
            _current = new FlushEpoch();
            CompleteFinished();
            return closed.Settled;
        }
    }

    private void CompleteFinished()
    {
        while (_waiting.TryPeek(out var oldest) && oldest.Unsettled == 0)
            _waiting.Dequeue().Complete();
    }
}
