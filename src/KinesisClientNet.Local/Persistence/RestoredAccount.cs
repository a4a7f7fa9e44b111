using KinesisClientNet.Local.Sequencing;
using KinesisClientNet.Local.Storage;

namespace KinesisClientNet.Local.Persistence;

/// <summary>
/// Folds entries, in their order, into the account's state. Entries hold whole states or records that are told apart by their counters, so entries
/// that were seen before, as after an interrupted compaction, change nothing in the end.
/// </summary>
internal sealed class RestoredAccount
{
    private readonly Dictionary<long, RestoredStream> _streams = [];

    /// <summary>The state of the account itself.</summary>
    public StoredAccount Account { get; private set; } = new(0, null, null);

    /// <summary>The streams that are not gone, oldest first.</summary>
    public IEnumerable<RestoredStream> Streams => _streams.Values.OrderBy(static stream => stream.State.Key);

    /// <summary>The greatest key that a stream ever had.</summary>
    public long LastKey { get; private set; }

    /// <summary>Takes the next entry's payload.</summary>
    /// <exception cref="InvalidDataException">The payload is none that this version writes.</exception>
    public void Apply(ReadOnlySpan<byte> payload)
    {
        switch (payload.IsEmpty ? default : (EntryKind)payload[0])
        {
            case EntryKind.Account:
                Account = EntryCodec.Read(payload, StoredStateJson.Default.StoredAccount);
                LastKey = Math.Max(LastKey, Account.LastKey);
                break;
            case EntryKind.Stream:
                var state = EntryCodec.Read(payload, StoredStateJson.Default.StoredStream);
                LastKey = Math.Max(LastKey, state.Key);
                if (_streams.TryGetValue(state.Key, out var known))
                    known.Change(state);
                else
                    _streams.Add(state.Key, new(state));
                break;
            case EntryKind.Shards:
                var shards = EntryCodec.Read(payload, StoredStateJson.Default.StoredShards);
                _streams.GetValueOrDefault(shards.StreamKey)?.Change(shards.Shards);
                break;
            case EntryKind.Deletion:
                _streams.Remove(EntryCodec.Read(payload, StoredStateJson.Default.StoredDeletion).Key);
                break;
            case EntryKind.Record:
                var record = EntryCodec.ReadRecord(payload, out var key, out var data);
                _streams.GetValueOrDefault(record.StreamKey)?.Append(record, key, data);
                break;
            default:
                throw new InvalidDataException("an entry of a kind that this version does not know");
        }
    }
}

/// <summary>A stream that is being read back.</summary>
internal sealed class RestoredStream(StoredStream state)
{
    private readonly SortedDictionary<int, RestoredShard> _shards = [];

    public StoredStream State { get; private set; } = state;

    /// <summary>Its shards, by index.</summary>
    public IReadOnlyCollection<RestoredShard> Shards => _shards.Values;

    public long Records => _shards.Values.Sum(static shard => shard.Log.End - shard.Log.First);

    public void Change(StoredStream state)
    {
        State = state;
        foreach (var shard in _shards.Values)
            shard.Log.TrimBefore(state.TrimmedBefore);
    }

    public void Change(IEnumerable<StoredShard> shards)
    {
        foreach (var shard in shards)
        {
            if (_shards.TryGetValue(shard.Index, out var known))
                known.Change(shard);
            else
                _shards.Add(shard.Index, new(shard));
        }
    }

    /// <summary>A record of a shard that is gone is older than the retention: it is left out.</summary>
    public void Append(in RecordEntry record, string? partitionKey, ReadOnlySpan<byte> data)
    {
        if (_shards.TryGetValue(record.ShardIndex, out var shard))
            shard.Append(record, partitionKey, data);
    }
}

/// <summary>A shard that is being read back, with its records.</summary>
internal sealed class RestoredShard(StoredShard state)
{
    private long _lastCounter;

    public StoredShard State { get; private set; } = state;

    public RecordLog Log { get; } = new();

    public long NextCounter => Math.Max(State.NextCounter, _lastCounter + 1);

    public DateTimeOffset LastArrival { get; private set; } = state.LastArrival;

    public void Change(StoredShard state)
    {
        State = state;
        LastArrival = state.LastArrival > LastArrival ? state.LastArrival : LastArrival;
    }

    public void Append(in RecordEntry record, string? partitionKey, ReadOnlySpan<byte> data)
    {
        if (record.Counter <= _lastCounter)
            return;
        _lastCounter = record.Counter;
        if (!record.IsChosen && record.Arrival > LastArrival)
            LastArrival = record.Arrival;
        var seconds = Math.Max(record.Arrival.ToUnixTimeSeconds(), State.CreateSeconds);
        var number = new LocalSequence(State.CreateSeconds, State.Index, record.Counter, seconds).Compose();
        Log.Append(number, record.Arrival, data, partitionKey, EntryCodec.EncryptionOf(record));
    }
}
