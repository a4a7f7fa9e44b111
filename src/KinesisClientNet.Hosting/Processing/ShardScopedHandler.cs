using KinesisClientNet.Consumer;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Processing;

/// <summary>
/// A processor and its scope for one shard. Both are made at opening, so that a constructor that throws is retried with growing waits as any
/// failed opening, and disposed after the last close.
/// </summary>
internal sealed class ShardScopedHandler(IServiceScopeFactory scopes, HandlerSource source, Action<ShardScopedHandler> disposed)
    : IShardProcessor, IAsyncDisposable
{
    private AsyncServiceScope? _scope;
    private MadeHandler? _made;

    public async ValueTask OpenAsync(ShardContext shard, CancellationToken stopping)
    {
        if (_made is null)
        {
            await DisposeScopeAsync().ConfigureAwait(false); // of an attempt that failed
            var scope = scopes.CreateAsyncScope();
            _scope = scope;
            _made = source.Create(scope.ServiceProvider, shard);
        }

        await _made.Value.Processor.OpenAsync(shard, stopping).ConfigureAwait(false);
    }

    public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => _made!.Value.Processor.ProcessAsync(batch, stopping);

    public async ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping)
    {
        var isLast = closing.Reason != ShardCloseReason.ShardEnded; // that close is called again until it returns
        try
        {
            if (_made is { } made)
                await made.Processor.CloseAsync(closing, stopping).ConfigureAwait(false);
            isLast = true;
        }
        finally
        {
            if (isLast)
                await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Disposes the processor, then its scope. Repeatable.</summary>
    public async ValueTask DisposeAsync()
    {
        var made = _made;
        _made = null;
        disposed(this);
        try
        {
            if (made is { } owned)
                await owned.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await DisposeScopeAsync().ConfigureAwait(false);
        }
    }

    private ValueTask DisposeScopeAsync()
    {
        var scope = _scope;
        _scope = null;
        return scope?.DisposeAsync() ?? default;
    }
}
