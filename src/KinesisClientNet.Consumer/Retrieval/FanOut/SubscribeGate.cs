namespace KinesisClientNet.Consumer.Retrieval.FanOut;

/// <summary>
/// When a shard may be subscribed again: the service takes one SubscribeToShard a second for each consumer and shard, and refuses one within five
/// seconds after a successful one (SubscribeToShard reference). Used by one loop at a time.
/// </summary>
internal sealed class SubscribeGate(TimeProvider time)
{
    /// <summary>The service counts arrivals, we count departures: a little more than it asks for.</summary>
    private static readonly TimeSpan AfterCall = TimeSpan.FromSeconds(1.1);

    private static readonly TimeSpan AfterSuccess = TimeSpan.FromSeconds(5.1);

    private long? _calledAt;
    private long? _openedAt;

    /// <summary>Waits for the turn and takes it.</summary>
    public async ValueTask WaitTurnAsync(CancellationToken cancellationToken)
    {
        var wait = Remaining();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        _calledAt = time.GetTimestamp();
    }

    /// <summary>The call of this turn has succeeded.</summary>
    public void Opened() => _openedAt = time.GetTimestamp();

    private TimeSpan Remaining()
    {
        var afterCall = _calledAt is { } called ? AfterCall - time.GetElapsedTime(called) : TimeSpan.Zero;
        var afterSuccess = _openedAt is { } opened ? AfterSuccess - time.GetElapsedTime(opened) : TimeSpan.Zero;
        return afterCall > afterSuccess ? afterCall : afterSuccess;
    }
}
