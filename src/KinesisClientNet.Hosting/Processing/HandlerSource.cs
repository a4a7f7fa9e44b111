using KinesisClientNet.Consumer;

namespace KinesisClientNet.Hosting.Processing;

/// <summary>Where a consumer's processors come from.</summary>
/// <param name="Create">Makes one from the services of its scope.</param>
/// <param name="Scope">How long it lives.</param>
internal sealed record HandlerSource(Func<IServiceProvider, ShardContext, MadeHandler> Create, HandlerScope Scope);

/// <summary>A processor and who disposes it.</summary>
/// <param name="Processor">The processor.</param>
/// <param name="IsOwned">True when nobody else disposes it: neither the container nor the function that made it.</param>
internal readonly record struct MadeHandler(IShardProcessor Processor, bool IsOwned) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (!IsOwned)
            return;
        if (Processor is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        else
            (Processor as IDisposable)?.Dispose();
    }
}
