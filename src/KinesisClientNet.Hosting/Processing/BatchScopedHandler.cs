using KinesisClientNet.Consumer;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Processing;

/// <summary>Makes a scope and a processor for every batch.</summary>
internal sealed class BatchScopedHandler(IServiceScopeFactory scopes, HandlerSource source) : IShardProcessor
{
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        var scope = scopes.CreateAsyncScope();
        await using var ofScope = scope.ConfigureAwait(false);
        var made = source.Create(scope.ServiceProvider, batch.Shard);
        await using var ofProcessor = made.ConfigureAwait(false);
        await made.Processor.ProcessAsync(batch, stopping).ConfigureAwait(false);
    }
}
