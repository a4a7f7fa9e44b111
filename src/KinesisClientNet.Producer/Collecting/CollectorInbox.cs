using System.Threading.Tasks.Sources;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>
/// What the collector is told, in order. Callers tell it of each aggregate twice, thousands of times a second, and next to none of that changes
/// what is to be done now: so the collector says by what it wants to be woken, and sleeps through the rest. Unbounded, because everything in it
/// is inside the buffer's budget. Any thread writes; the collector's loop alone reads.
/// </summary>
/// <param name="lingerTicks">How long a record may wait for company.</param>
internal sealed class CollectorInbox(long lingerTicks) : IValueTaskSource<bool>
{
    /// <summary>Room for more messages than this is given back after they are read.</summary>
    private const int KeptCapacity = 4096;

    private readonly Lock _gate = new();
    private List<CollectorMessage> _arriving = [];
    private List<CollectorMessage> _reading = [];
    private int _next;
    private ManualResetValueTaskSourceCore<bool> _wake;
    private CollectorRest _rest = CollectorRest.Never;
    private bool _isWaiting;
    private bool _isCompleted;
    private bool _hasSignal;
    private long _sealedBytes;
    private int _sealedRecords;
    private long _firstOpenedAt = long.MaxValue;

    /// <summary>True when something is there that the collector has to look at now.</summary>
    internal bool HasNews
    {
        get
        {
            lock (_gate)
                return IsWorthALook();
        }
    }

    /// <summary>Tells something that changes what is to be done now.</summary>
    /// <param name="signal">What.</param>
    /// <param name="payload">What comes with it.</param>
    /// <param name="handsOver">Whether a sleeping collector runs on this thread at once: for loops and timers, which have nothing else to do. Each
    /// thread less that is woken saves more than the collector's work costs. Never for callers.</param>
    internal void Tell(CollectorSignal signal, object? payload = null, bool handsOver = false)
    {
        bool wakes;
        lock (_gate)
        {
            if (_isCompleted)
                return;
            _arriving.Add(new(signal, payload));
            _hasSignal = true;
            wakes = StopsWaiting();
        }

        if (wakes)
            Wake(runsHere: handsOver);
    }

    /// <summary>A window was begun: its deadline runs.</summary>
    internal void TellOpened(OutboundRecord record) => Tell(new(CollectorSignal.Opened, record), record.OpenedAt, sealedRecords: 0, sealedBytes: 0);

    /// <summary>A Kinesis record is ready.</summary>
    internal void TellSealed(OutboundRecord record) => Tell(new(CollectorSignal.Sealed, record), record.OpenedAt, sealedRecords: 1, record.EntryBytes);

    /// <summary>Nothing more is to come.</summary>
    internal void Complete()
    {
        bool wakes;
        lock (_gate)
        {
            _isCompleted = true;
            wakes = StopsWaiting();
        }

        if (wakes)
            Wake(runsHere: false);
    }

    internal bool TryRead(out CollectorMessage message)
    {
        if (_next == _reading.Count && !TakeArrived())
        {
            message = default;
            return false;
        }

        message = _reading[_next++];
        return true;
    }

    /// <summary>Waits for what the collector wants to be woken by.</summary>
    /// <returns>False when the inbox has ended and everything in it was read.</returns>
    internal ValueTask<bool> WaitAsync(in CollectorRest rest)
    {
        lock (_gate)
        {
            _rest = rest;
            if (_isCompleted || IsWorthALook())
                return new(_arriving.Count > 0);
            _wake.Reset();
            _isWaiting = true;
            return new(this, _wake.Version);
        }
    }

    /// <inheritdoc/>
    bool IValueTaskSource<bool>.GetResult(short token) => _wake.GetResult(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wake.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wake.OnCompleted(continuation, state, token, flags);

    private void Tell(in CollectorMessage message, long openedAt, int sealedRecords, long sealedBytes)
    {
        bool wakes;
        lock (_gate)
        {
            _arriving.Add(message);
            _firstOpenedAt = Math.Min(_firstOpenedAt, openedAt);
            _sealedRecords += sealedRecords;
            _sealedBytes += sealedBytes;
            wakes = StopsWaiting();
        }

        if (wakes)
            Wake(runsHere: false);
    }

    private bool TakeArrived()
    {
        if (_reading.Capacity > KeptCapacity)
            _reading = [];
        _reading.Clear();
        _next = 0;
        lock (_gate)
        {
            (_reading, _arriving) = (_arriving, _reading);
            (_hasSignal, _sealedBytes, _sealedRecords, _firstOpenedAt) = (false, 0, 0, long.MaxValue);
        }

        return _reading.Count > 0;
    }

    private bool IsWorthALook() =>
        _hasSignal || _sealedBytes >= _rest.Bytes || _sealedRecords >= _rest.Records || (_arriving.Count > 0 && DueAt(_firstOpenedAt) < _rest.Until);

    private long DueAt(long openedAt) => openedAt <= _rest.FlushedUpTo ? long.MinValue : Math.Min(openedAt + lingerTicks, _rest.EarlyAt);

    /// <summary>Under the lock: whether the one who wrote last has to wake the collector. Only he has, until it waits again.</summary>
    private bool StopsWaiting()
    {
        if (!_isWaiting || !(_isCompleted || IsWorthALook()))
            return false;
        _isWaiting = false;
        return true;
    }

    /// <summary>Outside of the lock, since the collector may run in it.</summary>
    private void Wake(bool runsHere)
    {
        _wake.RunContinuationsAsynchronously = !runsHere;
        _wake.SetResult(true);
    }
}

/// <summary>By what a resting collector wants to be woken, beside signals.</summary>
/// <param name="Until">A record that is due before this time; at this time the collector looks by itself.</param>
/// <param name="Bytes">Newly sealed bytes that would fill a call.</param>
/// <param name="Records">Newly sealed Kinesis records that would fill a call.</param>
/// <param name="FlushedUpTo">Records begun up to here are due at once.</param>
/// <param name="EarlyAt">From when on every record is due, because no call is in flight; <see cref="long.MaxValue"/> for never.</param>
internal readonly record struct CollectorRest(long Until, long Bytes, int Records, long FlushedUpTo, long EarlyAt)
{
    /// <summary>Of a collector that has not looked yet: anything wakes it.</summary>
    internal static CollectorRest Never => new(long.MaxValue, 1, 1, long.MaxValue, long.MinValue);
}
