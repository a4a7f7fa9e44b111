using System.Globalization;
using System.Text;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Simulation;

/// <summary>
/// Judges a run from outside: it knows what is stored, what was acknowledged, what was handled, and every lease write that was applied. The
/// first broken rule is kept.
/// </summary>
internal sealed class Oracle(LocalStream stream, Trace trace)
{
    private sealed class ShardRecords
    {
        public int Read;
        public readonly List<(ExtendedSequenceNumber Position, int Id, string Key)> Stored = [];
        public readonly Dictionary<string, List<int>> ByKey = new(StringComparer.Ordinal);
        public long StartedEpoch;
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ShardRecords> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Shard> _described = new(StringComparer.Ordinal);
    private readonly HashSet<int> _handled = [];
    private readonly HashSet<int> _acknowledged = [];

    /// <summary>The first broken rule; null while all hold.</summary>
    public string? Violation { get; private set; }

    public int Handled => _handled.Count;

    public void Acknowledge(int id)
    {
        lock (_gate)
            _acknowledged.Add(id);
    }

    /// <summary>A handler begins: nobody with a smaller fencing token may begin after somebody with a greater one.</summary>
    public void Begin(ShardContext shard)
    {
        lock (_gate)
        {
            var known = Of(shard.ShardId);
            if (shard.Epoch < known.StartedEpoch)
                Break($"two owners: {shard.WorkerId} began a batch of {shard.ShardId} with epoch {shard.Epoch} after one with {known.StartedEpoch}");
            known.StartedEpoch = Math.Max(known.StartedEpoch, shard.Epoch);
        }
    }

    /// <summary>A record is done: everything of its key that comes before it, in its shard and in the shard's ancestors, must be done.</summary>
    public void Done(ShardContext shard, in ConsumedRecord record)
    {
        lock (_gate)
        {
            LookAtStream();
            var id = IdOf(record.Data);
            var key = record.PartitionKey ?? "";
            foreach (var earlier in Of(shard.ShardId).ByKey.GetValueOrDefault(key) ?? [])
            {
                if (earlier == id)
                    break;
                if (!_handled.Contains(earlier))
                    Break($"order: record {id} of {key} was handled in {shard.ShardId} before record {earlier}");
            }

            foreach (var ancestor in Ancestors(shard.ShardId))
            {
                foreach (var earlier in Of(ancestor).ByKey.GetValueOrDefault(key) ?? [])
                {
                    if (!_handled.Contains(earlier))
                        Break($"order: record {id} of {key} was handled in {shard.ShardId} before record {earlier} of its ancestor {ancestor}");
                }
            }

            _handled.Add(id);
        }
    }

    /// <summary>A lease write was applied: its checkpoint must not pass a record that is not done.</summary>
    public void Written(LeaseWrite write, Lease? row)
    {
        trace.Add($"lease {write.GetType().Name} {write.LeaseKey} owner {row?.Owner} counter {row?.Counter} checkpoint {row?.Checkpoint}");
        if (row is null || (!row.Checkpoint.IsNumber && !row.Checkpoint.IsShardEnd))
            return;
        lock (_gate)
        {
            LookAtStream();
            if (row.Checkpoint.IsShardEnd && _described.TryGetValue(row.ShardId, out var shard) && shard.IsOpen)
                Break($"checkpoint: {row.ShardId} is open and its lease says SHARD_END");
            foreach (var (position, id, _) in Of(row.ShardId).Stored)
            {
                if (position > row.Checkpoint)
                    break;
                if (!_handled.Contains(id))
                {
                    Break($"checkpoint: {write.GetType().Name} moved {row.ShardId} to {row.Checkpoint}, past record {id} at {position}, which nobody handled");
                    break;
                }
            }
        }
    }

    /// <summary>Every key of a stored record belongs to the hash range of its shard, unless a reshard came between packing and putting.</summary>
    public void CheckRanges(bool hadReshard)
    {
        lock (_gate)
        {
            LookAtStream();
            foreach (var (shardId, records) in _shards)
            {
                if (hadReshard || !_described.TryGetValue(shardId, out var shard))
                    continue;
                foreach (var (_, id, key) in records.Stored)
                {
                    if (!shard.HashKeyRange.Contains(PartitionKeyHash.Compute(key.AsSpan())))
                        Break($"range: record {id} with key {key} is stored in {shardId}, whose range does not hold it");
                }
            }
        }
    }

    /// <summary>Two lease periods after the last disturbance, unfinished leases with living owners cover the hash space.</summary>
    public void CheckCoverage(IEnumerable<Lease> leases, IReadOnlySet<string> living)
    {
        lock (_gate)
        {
            LookAtStream();
            var owned = leases.Where(lease => !lease.IsFinished && lease.Owner is { } owner && living.Contains(owner)).ToArray();
            foreach (var shard in _described.Values.Where(static shard => shard.IsOpen))
            {
                var lineage = Ancestors(shard.ShardId).Append(shard.ShardId).ToHashSet(StringComparer.Ordinal);
                if (!owned.Any(lease => lineage.Contains(lease.ShardId)))
                    Break($"coverage: neither {shard.ShardId} nor an ancestor of it is owned by a living worker");
            }
        }
    }

    /// <summary>At the end: every acknowledged record is handled, and every stored one.</summary>
    public void CheckComplete()
    {
        lock (_gate)
        {
            LookAtStream();
            foreach (var id in _acknowledged.Where(id => !_handled.Contains(id)).Take(1))
                Break($"lost: record {id} was acknowledged and never handled");
            foreach (var (shardId, records) in _shards)
            {
                foreach (var (position, id, _) in records.Stored.Where(record => !_handled.Contains(record.Id)).Take(1))
                    Break($"lost: record {id} is stored in {shardId} at {position} and was never handled");
            }
        }
    }

    public void Break(string rule)
    {
        if (Violation is not null)
            return;
        Violation = rule;
        trace.Add($"VIOLATION {rule}");
    }

    public static byte[] DataOf(int id) => Encoding.ASCII.GetBytes(id.ToString(CultureInfo.InvariantCulture));

    private static int IdOf(ReadOnlyMemory<byte> data) => int.Parse(data.Span, CultureInfo.InvariantCulture);

    private ShardRecords Of(string shardId)
    {
        if (!_shards.TryGetValue(shardId, out var records))
            _shards.Add(shardId, records = new());
        return records;
    }

    private List<string> Ancestors(string shardId)
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

    /// <summary>Takes in what was stored since the last look.</summary>
    private void LookAtStream()
    {
        var unpacked = new List<AggregatedUserRecord>();
        foreach (var shard in stream.ListShards())
        {
            _described[shard.ShardId] = shard;
            var records = stream.Records(shard.ShardId);
            var known = Of(shard.ShardId);
            for (; known.Read < records.Count; known.Read++)
                Take(known, records[known.Read], unpacked);
        }
    }

    private static void Take(ShardRecords known, in KinesisRecord record, List<AggregatedUserRecord> unpacked)
    {
        unpacked.Clear();
        if (!AggregatedRecordReader.TryRead(record.Data, unpacked))
        {
            Add(new(record.SequenceNumber), IdOf(record.Data), record.PartitionKey!);
            return;
        }

        for (var i = 0; i < unpacked.Count; i++)
            Add(new(record.SequenceNumber, i), IdOf(unpacked[i].Data), unpacked[i].PartitionKey);

        void Add(ExtendedSequenceNumber position, int id, string key)
        {
            known.Stored.Add((position, id, key));
            if (!known.ByKey.TryGetValue(key, out var ids))
                known.ByKey.Add(key, ids = []);
            ids.Add(id);
        }
    }
}
