namespace KinesisClientNet.Producer;

/// <summary>What a call does that finds the buffer full.</summary>
public enum BufferFullMode
{
    /// <summary>
    /// The call waits until there is room. Nothing is lost, the caller slows down to what Kinesis takes. One shard may hold four fifths of the
    /// buffer: beyond that only calls for this shard wait, and those for others pass.
    /// </summary>
    Wait = 0,

    /// <summary>The call throws <see cref="RecordFailedException"/> with <see cref="RecordFailureReason.BufferFull"/>.</summary>
    FailFast,

    /// <summary>
    /// The oldest records that are not in flight fail with <see cref="RecordFailureReason.Dropped"/>, and the new one takes their room. Whole
    /// Kinesis records go, so with aggregation up to <see cref="AggregationOptions.MaxRecords"/> at once. While all are in flight the call waits.
    /// </summary>
    DropOldest,
}
