using System.Globalization;
using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Simulation;

/// <summary>A user's record as it lies in its shard.</summary>
internal readonly record struct StoredRecord(ExtendedSequenceNumber Position, int Id, string Key);

/// <summary>What is stored in the stream, taken from the service's own state and unpacked; and which shard came from which.</summary>
internal sealed class StoredRecords(LocalStream stream)
{
    internal sealed class ShardRecords
    {
        public readonly List<StoredRecord> InOrder = [];
        public readonly Dictionary<string, List<StoredRecord>> ByKey = new(StringComparer.Ordinal);

        /// <summary>Kinesis records taken in so far.</summary>
        public int Read;
    }

    private readonly Dictionary<string, ShardRecords> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shard> _described = new(StringComparer.Ordinal);
    private readonly List<AggregatedUserRecord> _unpacked = [];

    public IReadOnlyDictionary<string, ShardRecords> Shards => _shards;

    public IReadOnlyDictionary<string, Shard> Described => _described;

    public static byte[] DataOf(int id) => Encoding.ASCII.GetBytes(id.ToString(CultureInfo.InvariantCulture));

    public static int IdOf(ReadOnlyMemory<byte> data) => int.Parse(data.Span, CultureInfo.InvariantCulture);

    public ShardRecords Of(string shardId)
    {
        if (!_shards.TryGetValue(shardId, out var records))
            _shards.Add(shardId, records = new());
        return records;
    }

    /// <summary>Takes in what was stored since the last look.</summary>
    public void Look()
    {
        foreach (var shard in stream.ListShards())
        {
            _described[shard.ShardId] = shard;
            var records = stream.Records(shard.ShardId);
            var known = Of(shard.ShardId);
            for (; known.Read < records.Count; known.Read++)
                Take(known, records[known.Read]);
        }
    }

    /// <summary>All shards that a shard descends from.</summary>
    public List<string> AncestorsOf(string shardId)
    {
        var found = new List<string>();
        var queue = new Queue<string>([shardId]);
        while (queue.TryDequeue(out var next))
        {
            if (!_described.TryGetValue(next, out var shard))
                continue;
            foreach (var parent in new[] { shard.ParentShardId, shard.AdjacentParentShardId }.OfType<string>().Where(parent => !found.Contains(parent)))
            {
                found.Add(parent);
                queue.Enqueue(parent);
            }
        }

        return found;
    }

    private void Take(ShardRecords known, in KinesisRecord record)
    {
        _unpacked.Clear();
        if (!AggregatedRecordReader.TryRead(record.Data, _unpacked))
        {
            Add(known, new(new(record.SequenceNumber), IdOf(record.Data), record.PartitionKey!));
            return;
        }

        for (var i = 0; i < _unpacked.Count; i++)
            Add(known, new(new(record.SequenceNumber, i), IdOf(_unpacked[i].Data), _unpacked[i].PartitionKey));
    }

    private static void Add(ShardRecords known, StoredRecord record)
    {
        known.InOrder.Add(record);
        if (!known.ByKey.TryGetValue(record.Key, out var records))
            known.ByKey.Add(record.Key, records = []);
        records.Add(record);
    }
}
