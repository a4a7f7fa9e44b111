using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.FanOut;

/// <summary>
/// An open subscription. Its watchdog runs only while an event is awaited: a handler that takes its time is not silence. A wait that was given up
/// is finished behind the scenes, so that nothing stays open and no event's memory is lost.
/// </summary>
internal sealed class LiveSubscription : IAsyncDisposable
{
    private readonly IShardSubscription _subscription;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly IAsyncEnumerator<ShardEvent> _events;
    private Task<bool>? _abandoned;

    public LiveSubscription(IShardSubscription subscription)
    {
        _subscription = subscription;
        _events = subscription.GetAsyncEnumerator(_lifetime.Token);
    }

    /// <summary>Whether it has brought anything, be it a heartbeat.</summary>
    public bool HasBroughtEvents { get; private set; }

    /// <summary>Waits for the next event.</summary>
    /// <param name="silence">How long nothing may come.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait; the subscription must be disposed then.</param>
    /// <returns>Null when the service has ended it.</returns>
    /// <exception cref="TimeoutException">Nothing came; the subscription must be disposed.</exception>
    public async ValueTask<ShardEvent?> NextAsync(TimeSpan silence, TimeProvider time, CancellationToken cancellationToken)
    {
        var next = _events.MoveNextAsync();
        var isThere = next.IsCompletedSuccessfully ? next.Result : await WaitAsync(next.AsTask(), silence, time, cancellationToken).ConfigureAwait(false);
        HasBroughtEvents |= isThere;
        return isThere ? _events.Current : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _lifetime.CancelAsync().ConfigureAwait(false);
        if (_abandoned is not null)
        {
            // A client that does not honour its token must not hold the shard's reader.
            _ = FinishAsync(_abandoned);
            return;
        }

        await CloseAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> WaitAsync(Task<bool> next, TimeSpan silence, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await next.WaitAsync(silence, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!next.IsCompleted)
                _abandoned = next;
        }
    }

    private async Task FinishAsync(Task<bool> pending)
    {
        await _subscription.DisposeAsync().ConfigureAwait(false);
        await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pending is { IsCompletedSuccessfully: true, Result: true })
            _events.Current.Dispose();
        await CloseAsync().ConfigureAwait(false);
    }

    private async ValueTask CloseAsync()
    {
        await _events.DisposeAsync().ConfigureAwait(false);
        await _subscription.DisposeAsync().ConfigureAwait(false);
        _lifetime.Dispose();
    }
}
