using KinesisClientNet.Consumer;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>The user's handler as a worker calls it: a dead worker calls it no more, and what was done is written down.</summary>
internal sealed class WatchedProcessor(IShardProcessor inner, WorkerLink link, HandledPositions handled) : IShardProcessor
{
    public ValueTask OpenAsync(ShardContext shard, CancellationToken stopping)
    {
        ThrowIfDead();
        return inner.OpenAsync(shard, stopping);
    }

    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        ThrowIfDead();
        await inner.ProcessAsync(batch, stopping).ConfigureAwait(false);
        handled.Note(batch);
    }

    public ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping) => link.IsDead ? default : inner.CloseAsync(closing, stopping);

    private void ThrowIfDead()
    {
        if (link.IsDead)
            throw new OperationCanceledException("The worker was crashed by the test.");
    }
}
