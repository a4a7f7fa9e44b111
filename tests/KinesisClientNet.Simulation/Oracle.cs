using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Simulation;

/// <summary>
/// Judges a run from outside: it knows what is stored, what was acknowledged, what was handled, and every lease write that was applied. Every
/// such event is judged when it happens; the first broken rule is kept.
/// </summary>
internal sealed class Oracle(LocalStream stream, Trace trace)
{
    private readonly Lock _gate = new();
    private readonly StoredRecords _stored = new(stream);
    private readonly HandlerCalls _calls = new();
    private readonly HashSet<int> _done = [];
    private readonly HashSet<int> _acknowledged = [];
    private readonly Dictionary<int, int> _settled = [];
    private readonly Dictionary<string, ExtendedSequenceNumber> _checkpoints = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Shard, long Epoch, string Key), ExtendedSequenceNumber> _lastInEpoch = [];

    /// <summary>The first broken rule; null while all hold.</summary>
    public string? Violation { get; private set; }

    /// <summary>How many records became dead letters.</summary>
    public int DeadLetters { get; private set; }

    /// <summary>Which workers stand still or are dead: their handlers do nothing, whatever their tokens say.</summary>
    public Func<string, bool> IsStill { get; set; } = static _ => false;

    /// <summary>The producer has told a record's outcome, at most once for each.</summary>
    public void Settle(int id, bool isStored)
    {
        lock (_gate)
        {
            if (isStored)
                _acknowledged.Add(id);
            if ((_settled[id] = _settled.GetValueOrDefault(id) + 1) > 1)
                Break($"settling: record {id} has {_settled[id]} outcomes");
        }
    }

    /// <summary>A handler begins: nobody with a smaller fencing token may begin after somebody with a greater one, nor while another goes on unfenced.</summary>
    public object Begin(ShardContext shard, CancellationToken stopping)
    {
        lock (_gate)
        {
            var (call, wrong) = _calls.Begin(shard, IsStill, stopping);
            if (wrong is not null)
                Break($"two owners: {wrong}");
            return call;
        }
    }

    public void End(object call)
    {
        lock (_gate)
            _calls.End(call);
    }

    /// <summary>
    /// A record is handled: everything of its key that comes before it, in its shard and in the shard's ancestors, must be done, and within one epoch
    /// a key only goes forward.
    /// </summary>
    public void Done(ShardContext shard, in ConsumedRecord record)
    {
        lock (_gate)
        {
            var (id, key) = (StoredRecords.IdOf(record.Data), record.PartitionKey ?? "");
            CheckOrder(shard.ShardId, id, key);
            var place = (shard.ShardId, shard.Epoch, key);
            if (_lastInEpoch.TryGetValue(place, out var last) && record.Position <= last)
                Break($"order: record {id} of {key} at {record.Position} of {shard.ShardId} was handled after {last} in epoch {shard.Epoch}");
            _lastInEpoch[place] = record.Position;
            _done.Add(id);
        }
    }

    /// <summary>A record was given up and written to the dead letters.</summary>
    public void GiveUp(ShardContext shard, in ConsumedRecord record)
    {
        lock (_gate)
        {
            CheckOrder(shard.ShardId, StoredRecords.IdOf(record.Data), record.PartitionKey ?? "");
            _done.Add(StoredRecords.IdOf(record.Data));
            DeadLetters++;
        }
    }

    /// <summary>A lease write was applied: its checkpoint must not go back, and not pass a record that is not done.</summary>
    public void Written(LeaseWrite write, Lease? row)
    {
        trace.Add($"lease {write.GetType().Name} {write.LeaseKey} owner {row?.Owner} counter {row?.Counter} checkpoint {row?.Checkpoint}");
        CheckForward(write, row);
        if (row is null || (!row.Checkpoint.IsNumber && !row.Checkpoint.IsShardEnd))
            return;
        lock (_gate)
        {
            _stored.Look();
            if (row.Checkpoint.IsShardEnd && _stored.Described.TryGetValue(row.ShardId, out var shard) && shard.IsOpen)
                Break($"checkpoint: {row.ShardId} is open and its lease says SHARD_END");
            foreach (var record in _stored.Of(row.ShardId).InOrder)
            {
                if (record.Position > row.Checkpoint)
                    break;
                if (_done.Contains(record.Id))
                    continue;
                Break($"checkpoint: {write.GetType().Name} moved {row.ShardId} to {row.Checkpoint}, past record {record.Id} at {record.Position}, which nobody handled");
                break;
            }
        }
    }

    /// <summary>Whether leases with living owners cover the hash space: each open shard's own lease, or an ancestor's, which must end first.</summary>
    /// <returns>What is wrong; null when no gap is too long.</returns>
    public string? JudgeCoverage(Coverage coverage, IEnumerable<Lease> leases, IReadOnlySet<string> living, TimeSpan now)
    {
        lock (_gate)
        {
            _stored.Look();
            var rows = leases.ToDictionary(static lease => lease.ShardId, StringComparer.Ordinal);
            var owned = rows.Values.Where(lease => !lease.IsFinished && (lease.CheckpointOwner ?? lease.Owner) is { } owner && living.Contains(owner))
                .Select(static lease => lease.ShardId).ToHashSet(StringComparer.Ordinal);
            string[] open = [.. _stored.Described.Values.Where(static shard => shard.IsOpen).Select(static shard => shard.ShardId)];
            var uncovered = open.Where(shardId => !owned.Contains(shardId) && !_stored.AncestorsOf(shardId).Exists(owned.Contains)).ToHashSet(StringComparer.Ordinal);
            if (coverage.Look(open, uncovered, now) is not var (shard, wrong))
                return null;
            var lineage = _stored.AncestorsOf(shard).Prepend(shard).Select(id => Describe(id, rows.GetValueOrDefault(id)));
            return $"no living worker owns {shard} or an ancestor of it {wrong} ({string.Join("; ", lineage)})";
        }
    }

    /// <summary>At the end: every enqueued record has its one outcome; every acknowledged and every stored one is done; and the producers kept order.</summary>
    public void CheckComplete(int enqueued, bool hadReshard)
    {
        lock (_gate)
        {
            _stored.Look();
            for (var id = 1; id <= enqueued; id++)
            {
                if (_settled.GetValueOrDefault(id) != 1)
                    Break($"settling: record {id} has {_settled.GetValueOrDefault(id)} outcomes after its producer was stopped");
            }

            foreach (var id in _acknowledged.Where(id => !_done.Contains(id)).Take(1))
                Break($"lost: record {id} was acknowledged and never handled");
            foreach (var (shardId, records) in _stored.Shards)
                CheckShard(shardId, records, hadReshard);
        }
    }

    public void Break(string rule)
    {
        if (Violation is not null)
            return;
        Violation = rule;
        trace.Add($"VIOLATION {rule}");
    }

    private static string Describe(string shardId, Lease? row) =>
        row is null ? $"{shardId} has no lease" : $"{shardId} owner {row.CheckpointOwner ?? row.Owner ?? "none"} at {row.Checkpoint}";

    private void CheckForward(LeaseWrite write, Lease? row)
    {
        lock (_gate)
        {
            if (row is null)
                _checkpoints.Remove(write.LeaseKey);
            else if (_checkpoints.TryGetValue(row.LeaseKey, out var last) && row.Checkpoint < last)
                Break($"checkpoint: {write.GetType().Name} moved {row.ShardId} back from {last} to {row.Checkpoint}");
            else
                _checkpoints[row.LeaseKey] = row.Checkpoint;
        }
    }

    private void CheckOrder(string shardId, int id, string key)
    {
        _stored.Look();
        foreach (var earlier in _stored.Of(shardId).ByKey.GetValueOrDefault(key) ?? [])
        {
            if (earlier.Id == id)
                break;
            if (!_done.Contains(earlier.Id))
                Break($"order: record {id} of {key} was handled in {shardId} before record {earlier.Id}");
        }

        foreach (var ancestor in _stored.AncestorsOf(shardId))
        {
            foreach (var earlier in _stored.Of(ancestor).ByKey.GetValueOrDefault(key) ?? [])
            {
                if (!_done.Contains(earlier.Id))
                    Break($"order: record {id} of {key} was handled in {shardId} before record {earlier.Id} of its ancestor {ancestor}");
            }
        }
    }

    /// <summary>Every key belongs to the hash range of its shard, unless a reshard came between packing and putting.</summary>
    private void CheckShard(string shardId, StoredRecords.ShardRecords records, bool hadReshard)
    {
        foreach (var record in records.InOrder)
        {
            if (!_done.Contains(record.Id))
                Break($"lost: record {record.Id} is stored in {shardId} at {record.Position} and was never handled");
            if (!hadReshard && _stored.Described.TryGetValue(shardId, out var shard) && !shard.HashKeyRange.Contains(PartitionKeyHash.Compute(record.Key.AsSpan())))
                Break($"range: record {record.Id} with key {record.Key} is stored in {shardId}, whose range does not hold it");
        }

        foreach (var (key, stored) in records.ByKey)
        {
            var first = stored.DistinctBy(static record => record.Id).Select(static record => record.Id).ToArray();
            if (!first.Zip(first.Skip(1)).All(static pair => pair.First < pair.Second))
                Break($"put order: {key} is stored in {shardId} as {string.Join(' ', first)}");
        }
    }
}
