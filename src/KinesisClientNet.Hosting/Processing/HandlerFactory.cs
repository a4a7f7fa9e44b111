using System.Collections.Concurrent;
using KinesisClientNet.Consumer;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Processing;

/// <summary>Makes the processors of one consumer, and disposes at its end those whose close never came through.</summary>
internal sealed class HandlerFactory(IServiceScopeFactory scopes, HandlerSource source) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ShardScopedHandler, bool> _open = [];

    public IShardProcessor Create(ShardContext shard)
    {
        if (source.Scope == HandlerScope.Batch)
            return new BatchScopedHandler(scopes, source);
        var processor = new ShardScopedHandler(scopes, source, one => _open.TryRemove(one, out var _));
        _open[processor] = true;
        return processor;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var processor in _open.Keys)
            await processor.DisposeAsync().ConfigureAwait(false);
    }
}
