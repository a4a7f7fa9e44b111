namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// The bytes of fetched records that a process may hold, shared evenly by its shards: a shard whose handler hangs can fill its own share, never
/// that of the others. Thread-safe.
/// </summary>
internal sealed class PrefetchBudget
{
    private readonly long _totalBytes;
    private readonly Lock _gate = new();
    private readonly HashSet<PrefetchQueue> _queues = [];
    private long _share;
    private long _held;

    public PrefetchBudget(long totalBytes) => _totalBytes = _share = totalBytes;

    /// <summary>What one shard may hold now.</summary>
    public long Share => Volatile.Read(ref _share);

    /// <summary>What all shards hold now.</summary>
    public long HeldBytes => Volatile.Read(ref _held);

    public void Join(PrefetchQueue queue)
    {
        lock (_gate)
        {
            _queues.Add(queue);
            Volatile.Write(ref _share, _totalBytes / _queues.Count);
        }
    }

    public void Leave(PrefetchQueue queue)
    {
        PrefetchQueue[] others;
        lock (_gate)
        {
            if (!_queues.Remove(queue))
                return;
            Volatile.Write(ref _share, _totalBytes / Math.Max(1, _queues.Count));
            others = [.. _queues];
        }

        foreach (var other in others)
            other.LookAgain();
    }

    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);
}
