using KinesisClientNet.Consumer;

namespace KinesisClientNet.Hosting.Processing;

/// <summary>A function as a processor. Stateless: one object serves all shards.</summary>
internal sealed class DelegateHandler(Func<RecordBatch, CancellationToken, ValueTask> process) : IShardProcessor
{
    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => process(batch, stopping);
}
