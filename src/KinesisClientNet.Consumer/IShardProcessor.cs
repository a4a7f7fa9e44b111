using KinesisClientNet.Consumer.Processing;
using KinesisClientNet.Core;

namespace KinesisClientNet.Consumer;

/// <summary>
/// What an application does with the records of one shard. The consumer creates one object for every lease that it takes and calls it from
/// one task at a time: <see cref="OpenAsync"/>, then <see cref="ProcessAsync"/> for each batch, then <see cref="CloseAsync"/>. With
/// <see cref="ProcessingOptions.Concurrency"/> above 1, <see cref="ProcessAsync"/> runs several times at once, never for two batches that
/// share a partition key.
/// </summary>
public interface IShardProcessor
{
    /// <summary>Called once before the first batch. An exception is retried with growing waits; no record is read meanwhile.</summary>
    /// <param name="shard">The shard, the position it starts from and the fencing token.</param>
    /// <param name="stopping">Cancelled when the lease is lost or the consumer's time to stop is over.</param>
    /// <returns>A task that ends when the object is ready.</returns>
    ValueTask OpenAsync(ShardContext shard, CancellationToken stopping) => default;

    /// <summary>
    /// Handles a batch. Returning means that its records are done, save those named by <see cref="RecordBatch.Fail(int, Exception?)"/>; the
    /// library checkpoints them unless the mode is <see cref="CheckpointMode.Manual"/>. Throwing means that none is done (save what the batch
    /// checkpointed): <see cref="FailureOptions"/> decides, and the default is to deliver the batch again, for ever, with growing waits.
    /// </summary>
    /// <param name="batch">The records, in shard order. Their memory is valid until the method returns.</param>
    /// <param name="stopping">Cancelled when the lease is lost or the consumer's time to stop is over; the checkpoint then stays before this batch.</param>
    /// <returns>A task that ends when the records are done.</returns>
    ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping);

    /// <summary>Called once at the end, also when <see cref="OpenAsync"/> never succeeded; at a shard's end it is called again until it returns.</summary>
    /// <param name="closing">Why, and the last chance to checkpoint.</param>
    /// <param name="stopping">Cancelled when the time to stop is over.</param>
    /// <returns>A task that ends when everything is put away.</returns>
    ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping) => default;

    /// <summary>A handler of batches without an object for each shard.</summary>
    /// <param name="handle">As <see cref="ProcessAsync"/>. Called from several tasks at once, one for each shard and lane.</param>
    /// <returns>What <see cref="KinesisConsumer"/> takes.</returns>
    static Func<ShardContext, IShardProcessor> ForBatches(Func<RecordBatch, CancellationToken, ValueTask> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        var handler = new BatchHandler(handle);
        return _ => handler;
    }

    /// <summary>
    /// A handler of one record at a time. A record that throws is reported by itself; records that must not overtake it wait for it, the others go on.
    /// </summary>
    /// <param name="handle">Returning means done. Called from several tasks at once, one for each shard and lane.</param>
    /// <returns>What <see cref="KinesisConsumer"/> takes.</returns>
    static Func<ShardContext, IShardProcessor> ForRecords(Func<ConsumedRecord, ShardContext, CancellationToken, ValueTask> handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        var handler = new RecordHandler(handle);
        return _ => handler;
    }

    /// <summary>
    /// A handler of one typed message at a time; see <see cref="ForRecords"/>. A payload that cannot be read fails that record, with the serializer's
    /// exception; <see cref="FailureOptions.UnreadableAction"/> can send it to the dead letters at once.
    /// </summary>
    /// <typeparam name="T">The message.</typeparam>
    /// <param name="serializer">Reads payloads.</param>
    /// <param name="handle">Returning means done.</param>
    /// <returns>What <see cref="KinesisConsumer"/> takes.</returns>
    static Func<ShardContext, IShardProcessor> ForMessages<T>(ISerializer<T> serializer, Func<T, ConsumedRecord, CancellationToken, ValueTask> handle)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(handle);
        return ForRecords(new MessageHandler<T>(serializer, handle).HandleAsync);
    }
}
