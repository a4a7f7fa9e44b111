namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// The bytes of fetched records that a process may hold, shared evenly by its shards: a shard whose handler hangs can fill its own share, never
/// that of the others. Thread-safe.
/// </summary>
internal sealed class PrefetchBudget
{
    /// <summary>Below this a share is not worth dividing: more shards than the budget suits hold more than the budget.</summary>
    private const long SmallestShare = 16 * 1024;

    /// <summary>
    /// What a shard that holds nothing may fetch although all of the budget is held, in hundredths of its share. So handlers that hang stop nobody
    /// else, and no more than the budget and so much of it is held.
    /// </summary>
    public const int ReservedPercent = 15;

    private readonly long _totalBytes;
    private readonly long _aheadBytes;
    private readonly Lock _gate = new();
    private readonly HashSet<PrefetchQueue> _queues = [];
    private long _share;
    private long _held;

    /// <param name="totalBytes">The budget.</param>
    /// <param name="aheadBytes">What is read ahead of the queue for each shard: the receive window of a subscription. Part of the budget.</param>
    public PrefetchBudget(long totalBytes, long aheadBytes = 0)
    {
        (_totalBytes, _aheadBytes) = (totalBytes, aheadBytes);
        _share = ShareOf(1);
    }

    /// <summary>The budget of a consumer.</summary>
    public static PrefetchBudget Of(KinesisConsumerOptions options) =>
        new(options.Retrieval.PrefetchBytes, options.Retrieval.Mode == RetrievalMode.Polling ? 0 : options.Connection.SubscriptionWindowBytes);

    /// <summary>What one shard may hold now.</summary>
    public long Share => Volatile.Read(ref _share);

    /// <summary>What all shards hold now.</summary>
    public long HeldBytes => Volatile.Read(ref _held);

    /// <summary>What is left of the budget; below 0 when more is held.</summary>
    public long FreeBytes => _totalBytes - HeldBytes;

    public void Join(PrefetchQueue queue)
    {
        lock (_gate)
        {
            _queues.Add(queue);
            Volatile.Write(ref _share, ShareOf(_queues.Count));
        }
    }

    public void Leave(PrefetchQueue queue)
    {
        PrefetchQueue[] others;
        lock (_gate)
        {
            if (!_queues.Remove(queue))
                return;
            Volatile.Write(ref _share, ShareOf(Math.Max(1, _queues.Count)));
            others = [.. _queues];
        }

        foreach (var other in others)
            other.LookAgain();
    }

    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    private long ShareOf(int queues)
    {
        var whole = _totalBytes / queues;
        return Math.Max(whole - _aheadBytes, Math.Min(whole, SmallestShare));
    }
}
