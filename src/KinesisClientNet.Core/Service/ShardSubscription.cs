using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>A live enhanced fan-out subscription: enumerate it once; it ends without an error after at most five minutes or at the shard's end. Dispose it to close the connection's stream.</summary>
public interface IShardSubscription : IAsyncEnumerable<ShardEvent>, IAsyncDisposable;

/// <summary>One event of a subscription (SubscribeToShardEvent). It owns the memory of its records: dispose it when they are handled.</summary>
public sealed class ShardEvent : IDisposable
{
    private IDisposable? _owner;

    /// <summary>Creates an event.</summary>
    /// <param name="records">The records, in sequence order; empty in a heartbeat.</param>
    /// <param name="continuationSequenceNumber">Where the next subscription goes on (AFTER it); null at the shard's end.</param>
    /// <param name="millisBehindLatest">Distance from the tip in milliseconds.</param>
    /// <param name="childShards">The children, at the shard's end; else empty.</param>
    /// <param name="owner">What is disposed with the event (the pooled body), or null.</param>
    public ShardEvent(
        IReadOnlyList<KinesisRecord> records, SequenceNumber? continuationSequenceNumber, long millisBehindLatest,
        IReadOnlyList<ChildShard>? childShards = null, IDisposable? owner = null)
    {
        Records = records;
        ContinuationSequenceNumber = continuationSequenceNumber;
        MillisBehindLatest = millisBehindLatest;
        ChildShards = childShards ?? [];
        _owner = owner;
    }

    /// <summary>The records, in sequence order; empty in a heartbeat.</summary>
    public IReadOnlyList<KinesisRecord> Records { get; }

    /// <summary>Where the next subscription goes on (AFTER it); null at the shard's end.</summary>
    public SequenceNumber? ContinuationSequenceNumber { get; }

    /// <summary>Distance from the tip, in milliseconds; 0 is caught up.</summary>
    public long MillisBehindLatest { get; }

    /// <summary>The children, at the shard's end; else empty.</summary>
    public IReadOnlyList<ChildShard> ChildShards { get; }

    /// <summary>The memory that it owns; null when it owns none, or not ours.</summary>
    internal PooledBuffer? Memory => Volatile.Read(ref _owner) as PooledBuffer;

    /// <summary>Returns the event's memory; its records must not be read afterwards.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Dispose();
}
