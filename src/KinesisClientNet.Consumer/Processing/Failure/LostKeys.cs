using KinesisClientNet.Consumer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>The partition keys of a shard that lost a record to the dead letters and whose later records follow it. Bounded; thread-safe.</summary>
internal sealed class LostKeys(string shardId, ILogger logger)
{
    private const int MaxKeys = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private volatile bool _hasAny;

    public bool IsEmpty => !_hasAny;

    public bool Contains(string key)
    {
        lock (_gate)
            return _keys.Contains(key);
    }

    public void Add(string key)
    {
        bool isFull;
        lock (_gate)
        {
            isFull = _keys.Count >= MaxKeys && !_keys.Contains(key);
            if (!isFull)
                _keys.Add(key);
        }

        _hasAny = true;
        if (isFull)
            ConsumerLog.TooManyLostKeys(logger, shardId, MaxKeys);
    }
}
