namespace KinesisClientNet.Consumer.Processing;

/// <summary>A lambda as a handler.</summary>
internal sealed class BatchHandler(Func<RecordBatch, CancellationToken, ValueTask> handle) : IShardProcessor
{
    /// <inheritdoc/>
    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => handle(batch, stopping);
}
