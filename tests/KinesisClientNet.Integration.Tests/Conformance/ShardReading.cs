using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>What was read of a shard, copied out of the pages.</summary>
public sealed class ShardReading
{
    private readonly List<ReadRecord> _records = [];

    public IReadOnlyList<ReadRecord> Records => _records;

    public IReadOnlyList<ChildShard> Children { get; private set; } = [];

    public bool HasEnded { get; private set; }

    public int Pages { get; private set; }

    public long? MillisBehindLatest { get; private set; }

    public IEnumerable<string> Texts => _records.Select(record => record.Text);

    internal void Add(GetRecordsPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        Pages++;
        _records.AddRange(page.Records.Select(ReadRecord.From));
        MillisBehindLatest = page.MillisBehindLatest;
        if (page.ChildShards.Count > 0)
            Children = page.ChildShards;
        HasEnded = page.NextShardIterator is null;
    }
}

/// <summary>A record that outlives its page.</summary>
public sealed record ReadRecord(SequenceNumber SequenceNumber, DateTimeOffset Arrival, string? PartitionKey, byte[] Data)
{
    public string Text => Encoding.UTF8.GetString(Data);

    internal static ReadRecord From(KinesisRecord record) =>
        new(record.SequenceNumber, record.ApproximateArrivalTimestamp, record.PartitionKey, record.Data.ToArray());
}
