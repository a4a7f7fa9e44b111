namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// What was delivered from each shard, by workers of every kind: nothing may be skipped, what comes twice is counted, a child begins after its parents' last records.
/// </summary>
/// <param name="isUneven">Whether shards carry different loads.</param>
internal sealed class ShardLog(bool isUneven = false)
{
    /// <summary>Sequence numbers of records begin above those of shards.</summary>
    public const ulong First = 1_000_000;

    /// <summary>Records that a shard still gives after it was closed.</summary>
    private const ulong Remaining = 8;

    private readonly Dictionary<string, ulong> _last = [];
    private readonly Dictionary<string, ulong> _ends = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _parents = [];

    /// <summary>Records that were delivered more than once.</summary>
    public long Repeated { get; private set; }

    /// <summary>Closed shards that nobody has read to their end.</summary>
    public IEnumerable<string> Unfinished => _ends.Where(end => _last.GetValueOrDefault(end.Key) < end.Value).Select(end => end.Key);

    /// <summary>What a shard carries, in KiB a second.</summary>
    public double KiBpsOf(string shardId) => isUneven ? 50 + (50 * (shardId[^1] % 4)) : 100;

    /// <summary>A shard was split or merged.</summary>
    public void Close(IReadOnlyList<string> parents, IEnumerable<string> children)
    {
        foreach (var parent in parents)
            _ends[parent] = _last.GetValueOrDefault(parent) + Remaining;
        foreach (var child in children)
            _parents[child] = parents;
    }

    /// <summary>Whether the shard's last record has this number.</summary>
    public bool IsEnd(string shardId, ulong number) => _ends.TryGetValue(shardId, out var end) && number >= end;

    /// <summary>Whether every record of the shard's parents was delivered.</summary>
    public bool HasReadParents(string shardId) => !_parents.TryGetValue(shardId, out var parents) || parents.All(parent => IsEnd(parent, _last.GetValueOrDefault(parent)));

    /// <summary>A record is delivered.</summary>
    public void Deliver(string shardId, ulong number)
    {
        var seen = _last.GetValueOrDefault(shardId);
        Assert.True(number <= seen + 1, $"{shardId} skips the records from {seen + 1} to {number - 1}.");
        Assert.True(HasReadParents(shardId), $"{shardId} gives records before its parents' last ones.");
        if (number <= seen)
            Repeated++;
        else
            _last[shardId] = number;
    }
}
