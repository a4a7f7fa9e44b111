namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// How one shard's processing ends: a reason, decided once and raised only to a more urgent one, and three tokens: stop the intake of new records;
/// cancel running work (at once when the lease is lost, else at three quarters of the time); give up waiting for user code. Thread-safe.
/// </summary>
internal sealed class ShardEnding(TimeProvider time, TimeSpan timeout) : IDisposable
{
    /// <summary>Handlers that listen to their token get the rest of the time to come back, be closed and checkpointed.</summary>
    private const double WorkShare = 0.75;

    /// <summary>The last bit of the time belongs to the lease store: final checkpoint and release.</summary>
    private const double PatienceShare = 0.9;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _intake = new();
    private readonly CancellationTokenSource _work = new();
    private readonly CancellationTokenSource _patience = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<ITimer> _timers = [];
    private ShardCloseReason? _reason;
    private Exception? _error;
    private bool _isOver;

    /// <summary>Cancelled when no new records may be taken in.</summary>
    public CancellationToken Intake => _intake.Token;

    /// <summary>Cancelled when running work must end.</summary>
    public CancellationToken Work => _work.Token;

    /// <summary>Cancelled when user code that did not come back is not waited for any more.</summary>
    public CancellationToken Patience => _patience.Token;

    /// <summary>Cancelled when the last writes to the lease store must end.</summary>
    public CancellationToken TimeIsUp => _end.Token;

    /// <summary>Why it ends; null while it does not.</summary>
    public ShardCloseReason? Reason
    {
        get
        {
            lock (_gate)
                return _reason;
        }
    }

    /// <summary>The exception behind a failure.</summary>
    public Exception? Error
    {
        get
        {
            lock (_gate)
                return _error;
        }
    }

    /// <summary>Ends the processing. A lost lease beats everything and cancels running work; a failure beats a wish to stop.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="error">The exception behind a failure.</param>
    /// <param name="limit">Less time than usual, or null.</param>
    public void End(ShardCloseReason reason, Exception? error = null, TimeSpan? limit = null)
    {
        lock (_gate)
        {
            if (_isOver || (_reason is { } known && RankOf(known) >= RankOf(reason)))
                return;
            if (_reason is null)
                StartTimers(limit is { } less && less < timeout ? less : timeout);
            (_reason, _error) = (reason, error);
        }

        // The callbacks are other stages' continuations: they run on the pool, not under the caller's feet.
        _ = _intake.CancelAsync();
        if (reason == ShardCloseReason.LeaseLost)
            _ = _work.CancelAsync();
    }

    /// <summary>Stops the timers; nothing ends any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var timer in _timers)
                timer.Dispose();
        }
    }

    private void StartTimers(TimeSpan limit)
    {
        _timers.Add(time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _work, limit * WorkShare, Timeout.InfiniteTimeSpan));
        _timers.Add(time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _patience, limit * PatienceShare, Timeout.InfiniteTimeSpan));
        _timers.Add(time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _end, limit, Timeout.InfiniteTimeSpan));
    }

    private static int RankOf(ShardCloseReason reason) => reason switch
    {
        ShardCloseReason.LeaseLost => 3,
        ShardCloseReason.Failed => 2,
        _ => 1,
    };
}
