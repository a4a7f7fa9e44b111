using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Faults;

/// <summary>A subscription whose connection breaks after so many events.</summary>
internal sealed class CutSubscription(IShardSubscription inner, int events) : IShardSubscription
{
    public async IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var left = events;
        if (left > 0)
        {
            await foreach (var shardEvent in inner.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                yield return shardEvent;
                if (--left == 0)
                    break;
            }
        }

        await inner.DisposeAsync().ConfigureAwait(false);
        if (left == 0)
            throw CallGate.Lost($"after {events} events");
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
