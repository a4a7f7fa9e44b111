namespace KinesisClientNet.Producer.Pipeline;

/// <summary>The Kinesis records that were begun between two flushes, or within one slot of time: one counter for all of them.</summary>
/// <param name="startedAt">When its first record was begun, in the clock's ticks.</param>
internal sealed class FlushEpoch(long startedAt)
{
    internal long StartedAt { get; set; } = startedAt;

    internal long Unsettled { get; set; }

    /// <summary>Set when a flush ended the epoch: completes when every record of it and of those before it has its outcome.</summary>
    internal TaskCompletionSource? Flush { get; set; }

    /// <summary>Its place among those that still count; null when it counts no more.</summary>
    internal LinkedListNode<FlushEpoch>? Node { get; set; }
}
