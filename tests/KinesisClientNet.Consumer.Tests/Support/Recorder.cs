using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>Everything that handlers saw, in the order in which they saw it.</summary>
public sealed class Ledger
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    public IReadOnlyList<Entry> Entries => [.. _entries];

    public int Count => _entries.Count;

    public void Add(string worker, ShardContext shard, ConsumedRecord record) =>
        _entries.Enqueue(new(worker, shard.ShardId, record.PartitionKey, Encoding.UTF8.GetString(record.Data.Span), record.Position));

    /// <summary>The values of each key, in the order in which they were handled for the first time.</summary>
    public Dictionary<string, List<string>> FirstTimesByKey()
    {
        var seen = new HashSet<string>();
        var result = new Dictionary<string, List<string>>();
        foreach (var entry in _entries)
        {
            if (!seen.Add(entry.Key + "|" + entry.Value))
                continue;
            if (!result.TryGetValue(entry.Key, out var values))
                result.Add(entry.Key, values = []);
            values.Add(entry.Value);
        }

        return result;
    }

    public sealed record Entry(string Worker, string ShardId, string Key, string Value, ExtendedSequenceNumber Position);
}

/// <summary>A handler that keeps what it sees.</summary>
public sealed class Recorder(Ledger ledger, string worker, Func<RecordBatch, CancellationToken, ValueTask>? before = null) : IShardProcessor
{
    public List<ShardCloseReason> Closings { get; } = [];

    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        if (before is not null)
            await before(batch, stopping);
        foreach (var record in batch)
            ledger.Add(worker, batch.Shard, record);
    }

    public ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping)
    {
        Closings.Add(closing.Reason);
        return default;
    }
}
