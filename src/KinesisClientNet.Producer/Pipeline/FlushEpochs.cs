namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// What has no outcome yet, in slots of time, oldest first: a flush waits for its own slot and all before it, and the first slot tells the
/// age of the oldest record. One counter per Kinesis record, none per user record. Slots that are empty and that no flush waits for are
/// dropped, so a record that is stuck holds one slot, not all that came after it. Thread-safe.
/// </summary>
/// <param name="slotTicks">The length of a slot, in the clock's ticks.</param>
internal sealed class FlushEpochs(long slotTicks)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<FlushEpoch> _epochs = new();

    /// <summary>How many slots are kept.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
                return _epochs.Count;
        }
    }

    /// <summary>Counts a Kinesis record in.</summary>
    /// <param name="now">When it is begun.</param>
    /// <returns>Its epoch.</returns>
    internal FlushEpoch Enter(long now)
    {
        lock (_gate)
        {
            var current = _epochs.Last?.Value;
            if (current is null || current.Flush is not null || (current.Unsettled > 0 && now - current.StartedAt > slotTicks))
                current = Add(now);
            else if (current.Unsettled == 0)
                current.StartedAt = now;
            current.Unsettled++;
            return current;
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
            if (epoch is { Unsettled: 0, Flush: null } && epoch.Node != _epochs.Last)
                Remove(epoch);
            CompleteFinished();
        }
    }

    /// <summary>Ends the current epoch.</summary>
    /// <param name="now">Now.</param>
    /// <returns>Completes when all that was begun before has its outcome.</returns>
    internal Task Close(long now)
    {
        lock (_gate)
        {
            var closed = _epochs.Last?.Value is { Flush: null } current ? current : Add(now);
            var flush = closed.Flush = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CompleteFinished();
            return flush.Task;
        }
    }

    /// <summary>When the oldest record without outcome was begun, at most a slot too early; null when there is none.</summary>
    internal long? OldestStart()
    {
        lock (_gate)
        {
            for (var node = _epochs.First; node is not null; node = node.Next)
            {
                if (node.Value.Unsettled > 0)
                    return node.Value.StartedAt;
            }

            return null;
        }
    }

    private FlushEpoch Add(long now)
    {
        var epoch = new FlushEpoch(now);
        epoch.Node = _epochs.AddLast(epoch);
        return epoch;
    }

    private void CompleteFinished()
    {
        while (_epochs.First is { Value: { Unsettled: 0, Flush: { } flush } oldest })
        {
            Remove(oldest);
            flush.TrySetResult();
        }
    }

    private void Remove(FlushEpoch epoch)
    {
        _epochs.Remove(epoch.Node!);
        epoch.Node = null;
    }
}
