namespace KinesisClientNet.Consumer.Checkpointing;

/// <summary>Where a batch and a closing send the application's own checkpoints: to the serial delivery, the key lanes or a reader without a lease.</summary>
internal interface ICheckpointSink
{
    /// <summary>Takes the batch's records from the first to the given one as done and writes.</summary>
    ValueTask CheckpointAsync(RecordBatch batch, int index, CancellationToken cancellationToken);

    /// <summary>Takes everything that was delivered and returned as done and writes.</summary>
    ValueTask CheckpointDeliveredAsync(CancellationToken cancellationToken);
}
