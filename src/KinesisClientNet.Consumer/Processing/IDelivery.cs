using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Retrieval;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>Brings a shard's pages to the handler: one batch after the other, or on key lanes. Keeps what is done, and tells the checkpoint writer.</summary>
internal interface IDelivery : ICheckpointSink, IDisposable
{
    /// <summary>Which records must not overtake each other.</summary>
    RecordOrder Order { get; }

    /// <summary>Takes a page over. Returns when the next one may be brought.</summary>
    /// <param name="page">The page; let go of when its records are settled.</param>
    /// <returns>A task.</returns>
    /// <exception cref="Failure.ShardStoppedException">The failure policy stops the shard.</exception>
    /// <exception cref="OperationCanceledException">The shard's processing ends.</exception>
    ValueTask DeliverAsync(ShardPage page);

    /// <summary>Waits until everything that was taken over is settled or given back because the processing ends.</summary>
    ValueTask DrainAsync();

    /// <summary>Records of a segment are done, dead-lettered or skipped.</summary>
    void Settle(Segment segment, int start, int count);

    /// <summary>Cuts a segment that failed as a whole, to find out which of its records fails.</summary>
    IReadOnlyList<Segment> Isolate(Segment segment);
}

/// <summary>Which records must not overtake each other.</summary>
internal enum RecordOrder
{
    /// <summary>All of the shard.</summary>
    Shard,

    /// <summary>Those with the same partition key.</summary>
    Key,

    /// <summary>None.</summary>
    None,
}
