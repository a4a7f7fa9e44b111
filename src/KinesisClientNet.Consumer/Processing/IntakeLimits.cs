using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>What limits the handlers of a whole consumer: calls at once, batches of a shard at once, records a second. Thread-safe; all of them can be changed while running.</summary>
internal sealed class IntakeLimits(ProcessingOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    /// <summary>A changed rate must show soon, also when the debt is long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly HandlerSlots _slots = new(options.MaxConcurrentHandlers);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private readonly long _epoch = time.GetTimestamp();
    private int _concurrency = options.Concurrency;
    private double? _rate = options.MaxRecordsPerSecond;
    private TimeSpan _paidUntil;

    /// <summary>Told when the concurrency has changed.</summary>
    public event Action? ConcurrencyChanged;

    /// <summary>How many batches of one shard run at once.</summary>
    public int Concurrency
    {
        get => Volatile.Read(ref _concurrency);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
            Volatile.Write(ref _concurrency, value);
            ConcurrencyChanged?.Invoke();
        }
    }

    /// <summary>How many handler calls of all shards run at once; null for no limit.</summary>
    public int? ConcurrentHandlers
    {
        get => _slots.Limit;
        set
        {
            if (value is { } count)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 100_000);
            }

            _slots.Limit = value;
        }
    }

    /// <summary>Records a second; null for no limit.</summary>
    public double? RecordsPerSecond
    {
        get
        {
            lock (_gate)
                return _rate;
        }

        set
        {
            if (value is { } rate)
                ArgumentOutOfRangeException.ThrowIfLessThan(rate, 0.01);
            lock (_gate)
                _rate = value;
        }
    }

    /// <summary>A batch is never more than a second's worth, or the rate would be kept on paper only.</summary>
    /// <param name="most">The most records for other reasons.</param>
    /// <returns>At least 1.</returns>
    public int BatchRecords(int most) => RecordsPerSecond is { } rate && rate < most ? Math.Max(1, (int)rate) : most;

    /// <summary>Takes a slot among all handlers of the process if one is free.</summary>
    public bool TryEnter(out Slot slot)
    {
        slot = new Slot(_slots);
        return _slots.TryEnter();
    }

    /// <summary>Waits for a slot.</summary>
    /// <returns>The slot; dispose it after the call.</returns>
    public async ValueTask<Slot> EnterAsync(CancellationToken cancellationToken)
    {
        await _slots.EnterAsync(cancellationToken).ConfigureAwait(false);
        return new Slot(_slots);
    }

    /// <summary>Waits until the rate allows the records, then books them: they are paid after the fact.</summary>
    public ValueTask PayAsync(int records, ShardActivity activity, CancellationToken cancellationToken) =>
        RecordsPerSecond is null ? default : PayInTurnAsync(records, activity, cancellationToken);

    public void Dispose() => _turn.Dispose();

    /// <summary>First come, first served: whoever looked first after each wait would starve the others.</summary>
    private async ValueTask PayInTurnAsync(int records, ShardActivity activity, CancellationToken cancellationToken)
    {
        activity.Set(ShardFacet.Intake, ShardReason.RateLimited, isRoutine: true);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                while (TryBook(records) is { } wait)
                    await Task.Delay(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait, time, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            activity.Clear(ShardFacet.Intake);
        }
    }

    /// <returns>How long to wait before the next try; null when the records are booked.</returns>
    private TimeSpan? TryBook(int records)
    {
        lock (_gate)
        {
            if (_rate is not { } rate)
                return null;
            var now = time.GetElapsedTime(_epoch);
            if (_paidUntil > now)
                return _paidUntil - now;
            _paidUntil = now + TimeSpan.FromSeconds(records / rate);
            return null;
        }
    }

    /// <summary>One handler's place.</summary>
    public readonly struct Slot(HandlerSlots slots) : IDisposable
    {
        public void Dispose() => slots.Leave();
    }
}
