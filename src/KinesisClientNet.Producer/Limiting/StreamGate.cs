namespace KinesisClientNet.Producer.Limiting;

/// <summary>
/// How many calls a stream may have in flight. Whole calls that fail close it: then one call at a time probes, after a wait with full jitter
/// that grows to the limit; each success doubles the number again. So an outage costs a call every second or so, not a storm
/// (KPL #345: 1 to 20 cores and 1,000 threads). Owned by the collector's loop.
/// </summary>
internal sealed class StreamGate
{
    private readonly int _maxCalls;
    private readonly ShardLimits _limits;
    private readonly Random _random;
    private int _allowed;
    private int _failuresInARow;
    private long _notBefore = long.MinValue;
    private long _closedAt = long.MinValue;

    internal StreamGate(int maxCalls, ShardLimits limits, Random random) =>
        (_maxCalls, _allowed, _limits, _random) = (maxCalls, maxCalls, limits, random);

    /// <summary>How many calls may be in flight now.</summary>
    internal int Allowed => _allowed;

    internal bool IsOpen => _failuresInARow == 0;

    internal bool CanSend(int inFlight, long now) => inFlight < _allowed && now >= _notBefore;

    /// <summary>When the next probe may go.</summary>
    internal long ReadyAt => _notBefore;

    internal void OnAnswered()
    {
        _failuresInARow = 0;
        _notBefore = long.MinValue;
        _allowed = Math.Min(_maxCalls, _allowed * 2);
    }

    /// <summary>A whole call failed in a way that passes: throttle, service fault, no answer.</summary>
    /// <param name="startedAt">When the call began. Calls that were under way when the gate closed tell nothing new.</param>
    /// <param name="now">Now.</param>
    internal void OnFailed(long startedAt, long now)
    {
        if (startedAt < _closedAt)
            return;
        _failuresInARow++;
        _allowed = 1;
        _closedAt = now;
        _notBefore = now + _limits.JitteredTicks(_failuresInARow, _random);
    }
}
