using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Limits;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>
/// Holds one worker's reads against what the service allows each shard: five calls and 2 MiB a second. For each worker alone: one that lost its lease
/// while it was frozen or cut off may read beside the new owner. Thread-safe.
/// </summary>
internal sealed class ReadWatch(TimeProvider clock)
{
    private readonly Dictionary<string, ShardBudget> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _shardOf = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Calls that the service would have refused.</summary>
    public int AboveLimit { get; private set; }

    /// <summary>An iterator was made.</summary>
    public string Began(string shardId, string iterator)
    {
        lock (_gate)
            _shardOf[iterator] = shardId;
        return iterator;
    }

    /// <summary>A read goes out.</summary>
    public void Reading(string iterator)
    {
        lock (_gate)
        {
            if (_shardOf.TryGetValue(iterator, out var shardId) && !BudgetOf(shardId).TryRead())
                AboveLimit++;
        }
    }

    /// <summary>A page came; its successor's iterator stands for the same shard.</summary>
    public GetRecordsPage Came(string iterator, GetRecordsPage page)
    {
        lock (_gate)
        {
            if (!_shardOf.Remove(iterator, out var shardId))
                return page;
            BudgetOf(shardId).CountRead(page.Records.Sum(static record => record.Data.Length + (record.PartitionKey?.Length ?? 0)));
            if (page.NextShardIterator is { } next)
                _shardOf[next] = shardId;
        }

        return page;
    }

    private ShardBudget BudgetOf(string shardId)
    {
        if (!_shards.TryGetValue(shardId, out var budget))
            _shards.Add(shardId, budget = new ShardBudget(clock, Local.LocalThrottling.Strict, ShardBudget.MiB));
        return budget;
    }
}
