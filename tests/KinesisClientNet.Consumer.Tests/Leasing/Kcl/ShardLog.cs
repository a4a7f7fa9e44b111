namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>What was delivered from each shard, by workers of every kind: nothing may be skipped, what comes twice is counted.</summary>
internal sealed class ShardLog
{
    /// <summary>Sequence numbers of records begin above those of shards.</summary>
    public const ulong First = 1_000_000;

    private readonly Dictionary<string, ulong> _last = [];

    /// <summary>Records that were delivered more than once.</summary>
    public long Repeated { get; private set; }

    /// <summary>A record is delivered.</summary>
    public void Deliver(string shardId, ulong number)
    {
        var seen = _last.GetValueOrDefault(shardId);
        Assert.True(number <= seen + 1, $"{shardId} skips the records from {seen + 1} to {number - 1}.");
        if (number <= seen)
            Repeated++;
        else
            _last[shardId] = number;
    }
}
