namespace KinesisClientNet.Producer.Limiting;

/// <summary>
/// How much one shard may be given now. Two buckets hold the service's quotas; a controller shares the shard with other producers: where the
/// shard refused something, the next second sends a little more than what it accepted; where it refused nothing, the rate grows again.
/// A shard that accepts nothing is waited for with full jitter. Owned by the collector's loop.
/// </summary>
internal sealed class ShardLimiter
{
    /// <summary>One second is the service's own measuring period.</summary>
    private const double WindowSeconds = 1;

    /// <summary>Room above what was accepted, to find out when there is more.</summary>
    private const double Probe = 1.08;
    private const double Growth = 1.2;
    private const double MinFactor = 0.001;

    /// <summary>A controlled lane may save up a quarter of a second only: bursts are what it was refused for.</summary>
    private const double ControlledBurstSeconds = 0.25;

    private readonly ShardLimits _limits;
    private readonly Random _random;
    private readonly TokenBucket _records;
    private readonly TokenBucket _bytes;
    private double _factor;
    private long _windowStart;
    private double _accepted;
    private long _refused;
    private int _failuresInARow;
    private long _notBefore;

    internal ShardLimiter(ShardLimits limits, Random random, long now)
    {
        (_limits, _random, _factor, _windowStart, _notBefore) = (limits, random, limits.Factor, now, now);
        var factor = limits.IsUnlimited ? 1 : limits.Factor;
        _records = new(ShardLimits.RecordsPerSecond, ShardLimits.RecordsPerSecond * factor, limits.TicksPerSecond, now);
        _bytes = new(ShardLimits.BytesPerSecond, ShardLimits.BytesPerSecond * factor, limits.TicksPerSecond, now);
    }

    /// <summary>The share of the shard's budget that is used now.</summary>
    internal double Factor => _factor;

    internal bool CanSend(long now) =>
        now >= _notBefore && (_limits.IsUnlimited || (_records.Available(now) >= 1 && _bytes.Available(now) >= 1));

    /// <summary>When <see cref="CanSend"/> will be true again.</summary>
    internal long ReadyAt(long now) => _limits.IsUnlimited
        ? _notBefore
        : Math.Max(_notBefore, Math.Max(_records.ReadyAt(now), _bytes.ReadyAt(now)));

    /// <summary>Pays for a Kinesis record that is sent now. Retries pay again, as they do at the service.</summary>
    internal void Spend(int entryBytes, long now)
    {
        if (_limits.IsUnlimited)
            return;
        _records.Take(1, now);
        _bytes.Take(entryBytes, now);
    }

    internal void OnAccepted(int entryBytes, long now)
    {
        _failuresInARow = 0;
        _notBefore = Math.Min(_notBefore, now);
        _accepted += Share(entryBytes);
        Adjust(now);
    }

    /// <summary>The shard refused a record for its rate.</summary>
    internal void OnThrottled(long now)
    {
        _refused++;
        Adjust(now);
    }

    /// <summary>A call is over that brought this lane only failures: wait before the next one.</summary>
    internal void OnNothingAccepted(long now)
    {
        _failuresInARow++;
        _notBefore = now + _limits.JitteredTicks(_failuresInARow, _random);
    }

    /// <summary>What a record takes of the shard's second: the scarcer of the two quotas.</summary>
    private static double Share(int entryBytes) => Math.Max(1 / ShardLimits.RecordsPerSecond, entryBytes / ShardLimits.BytesPerSecond);

    private void Adjust(long now)
    {
        var elapsed = (double)(now - _windowStart) / _limits.TicksPerSecond;
        if (_limits.IsUnlimited || elapsed < WindowSeconds)
            return;
        if (_refused > 0)
            _factor = Math.Clamp(_accepted / elapsed * Probe, Math.Max(MinFactor, _factor / 2), _factor);
        else if (_factor < _limits.Factor)
            _factor = Math.Min(_limits.Factor, _factor * Growth);
        (_windowStart, _accepted, _refused) = (now, 0, 0);
        var burst = _factor < _limits.Factor ? _factor * ControlledBurstSeconds : 1;
        _records.ChangeRate(ShardLimits.RecordsPerSecond * _factor, Math.Max(1, ShardLimits.RecordsPerSecond * burst), now);
        _bytes.ChangeRate(ShardLimits.BytesPerSecond * _factor, Math.Max(1, ShardLimits.BytesPerSecond * burst), now);
    }
}
