using System.Globalization;
using System.Text;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.LoadRig.Sink;

/// <summary>The sink's shards: an even split whose ids and answers are made once, so that an answer costs a lookup and a copy.</summary>
internal sealed class SinkShards
{
    private readonly UInt128 _width;
    private long _sequence;

    public SinkShards(int count)
    {
        _width = UInt128.MaxValue / (UInt128)count;
        Shards = [.. HashKeyRange.SplitEvenly(count).Select((range, index) => new Shard
        {
            ShardId = string.Create(CultureInfo.InvariantCulture, $"shardId-{index:D12}"),
            HashKeyRange = range,
            StartingSequenceNumber = SequenceNumber.Parse("49600000000000000000000000000000000000000000000000000000"),
        })];
        Ids = [.. Shards.Select(s => Encoding.UTF8.GetBytes(s.ShardId))];
    }

    public Shard[] Shards { get; }

    public byte[][] Ids { get; }

    public int IndexOf(ReadOnlySpan<byte> explicitHashKey, ReadOnlySpan<byte> partitionKey)
    {
        var hash = explicitHashKey.IsEmpty ? PartitionKeyHash.Compute(partitionKey) : UInt128.Parse(explicitHashKey, NumberStyles.None, CultureInfo.InvariantCulture);
        var index = Math.Min((int)(hash / _width), Shards.Length - 1);
        while (index > 0 && hash < Shards[index].HashKeyRange.Start)
            index--;
        return index;
    }

    /// <summary>Writes the next number: 56 digits, rising.</summary>
    public void NextSequence(Span<byte> digits56)
    {
        "4960000000000000000000000000000000000000"u8.CopyTo(digits56);
        Interlocked.Increment(ref _sequence).TryFormat(digits56[40..], out _, "D16", CultureInfo.InvariantCulture);
    }
}
