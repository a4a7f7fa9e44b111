using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Persistence;

/// <summary>One stream's way into the journal.</summary>
internal sealed class StreamJournal(Journal journal, long streamKey)
{
    public void Save(StoredStream stream) => journal.Save(stream);

    /// <summary>Shards that change together, before anybody sees them: a record of a shard never stands before the shard.</summary>
    public void Save(IEnumerable<StoredShard> shards) => journal.Save(new StoredShards(streamKey, [.. shards]));

    /// <summary>A record, at its place among the shard's records. It is stored when <see cref="Flush"/> returns.</summary>
    public void Append(int shardIndex, long counter, DateTimeOffset arrival, bool isChosen, string encryptionType, in PutRecordsEntry entry) => journal.Append(
        new(streamKey, shardIndex, counter, arrival, isChosen, encryptionType == StreamSettings.Kms), entry.PartitionKey, entry.Data.Span);

    public void Flush() => journal.Flush();
}
