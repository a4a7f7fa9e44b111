namespace KinesisClientNet.Local.Limits;

/// <summary>The rates of one shard (developer guide, "Quotas and limits"). The shard's lock guards it.</summary>
internal sealed class ShardBudget
{
    public const int MiB = 1024 * 1024;
    private const double RecordsPerSecond = 1000;
    private const double WriteBytesPerSecond = MiB;
    private const double ReadBytesPerSecond = 2 * MiB;
    private const double CallsPerSecond = 5;

    private readonly TokenBucket _records;
    private readonly TokenBucket _writeBytes;
    private readonly TokenBucket _readCalls;
    private readonly TokenBucket _readBytes;
    private readonly TokenBucket _iteratorCalls;
    private readonly double _leniency;

    public ShardBudget(TimeProvider clock, LocalThrottling throttling, int maxRecordBytes)
    {
        _leniency = throttling == LocalThrottling.Lenient ? 2 : 1;
        _records = new(clock, RecordsPerSecond, RecordsPerSecond * _leniency);
        _writeBytes = new(clock, WriteBytesPerSecond, WriteBurst(maxRecordBytes));
        _readCalls = new(clock, CallsPerSecond, CallsPerSecond * _leniency);
        _readBytes = new(clock, ReadBytesPerSecond, ReadBytesPerSecond * _leniency);
        _iteratorCalls = new(clock, CallsPerSecond, CallsPerSecond * _leniency);
    }

    public bool TryWrite(int bytes)
    {
        if (!_records.TryTake(1))
            return false;
        if (_writeBytes.TryTake(bytes))
            return true;
        _records.Return(1);
        return false;
    }

    /// <summary>A read is one call, and may take bytes as long as any are left.</summary>
    public bool TryRead() => _readBytes.Tokens > 0 && _readCalls.TryTake(1);

    public void CountRead(long bytes) => _readBytes.Draw(bytes);

    public bool TryMakeIterator() => _iteratorCalls.TryTake(1);

    public void ChangeMaxRecordBytes(int maxRecordBytes) => _writeBytes.ChangeBurst(WriteBurst(maxRecordBytes));

    /// <summary>A stream that takes large records has a burst of 10 MiB, so that one such record fits and the next seconds pay for it.</summary>
    private double WriteBurst(int maxRecordBytes) => Math.Max(maxRecordBytes > MiB ? 10 * MiB : MiB, MiB * _leniency);
}
