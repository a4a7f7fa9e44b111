using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>A GetRecords call.</summary>
/// <param name="Stream">The stream (its ARN routes cross-account calls).</param>
/// <param name="ShardIterator">The iterator of the last page or of GetShardIterator; valid for five minutes.</param>
/// <param name="Limit">1 to 10,000 records; null for the service's default, 10,000.</param>
public readonly record struct GetRecordsRequest(StreamReference Stream, string ShardIterator, int? Limit = null);

/// <summary>One page of a shard. It owns the memory of its records: dispose it when they are handled. Not thread-safe.</summary>
public sealed class GetRecordsPage : IDisposable
{
    private IDisposable? _owner;

    /// <summary>Creates a page.</summary>
    /// <param name="records">The records, in sequence order.</param>
    /// <param name="nextShardIterator">Null when the shard is closed and read to its end.</param>
    /// <param name="millisBehindLatest">Distance from the tip in milliseconds, or null when the service did not say.</param>
    /// <param name="childShards">The children, at the end of a closed shard; else empty.</param>
    /// <param name="owner">What is disposed with the page (the pooled body), or null.</param>
    public GetRecordsPage(
        IReadOnlyList<KinesisRecord> records, string? nextShardIterator, long? millisBehindLatest,
        IReadOnlyList<ChildShard>? childShards = null, IDisposable? owner = null)
    {
        Records = records;
        NextShardIterator = nextShardIterator;
        MillisBehindLatest = millisBehindLatest;
        ChildShards = childShards ?? [];
        _owner = owner;
    }

    /// <summary>The records, in sequence order. An empty page is not the end of the shard.</summary>
    public IReadOnlyList<KinesisRecord> Records { get; }

    /// <summary>Where the next call goes on; null when the shard is closed and read to its end.</summary>
    public string? NextShardIterator { get; }

    /// <summary>Distance of this page from the tip, in milliseconds; 0 is caught up; null when the service did not say.</summary>
    public long? MillisBehindLatest { get; }

    /// <summary>The children of a closed shard, on its last page; else empty. Some emulators never fill it.</summary>
    public IReadOnlyList<ChildShard> ChildShards { get; }

    /// <summary>The memory that it owns; null when it owns none, or not ours.</summary>
    internal PooledBuffer? Memory => Volatile.Read(ref _owner) as PooledBuffer;

    /// <summary>Returns the page's memory; its records must not be read afterwards.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Dispose();
}
