using System.Buffers;
using System.Collections.Immutable;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Sharding;
using KinesisClientNet.Local.Streams;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Persistence;

/// <summary>
/// Writes what changes into the directory, in the order of its happening, before the call is answered. Thread-safe: its lock is taken inside every
/// other lock of the service and takes none itself.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DataDirectory _directory;
    private readonly long _compactAtBytes;
    private readonly ILogger _logger;
    private EntryLog _log;
    private int _isCompacting;

    private Journal(DataDirectory directory, EntryLog log, long compactAtBytes, ILogger logger) =>
        (_directory, _log, _compactAtBytes, _logger) = (directory, log, compactAtBytes, logger);

    /// <summary>Reads the directory back and goes on behind what is in it.</summary>
    /// <exception cref="IOException">The directory is in use, or cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or of another version; the message names it.</exception>
    public static Journal Open(string path, long compactAtBytes, ILogger logger, RestoredAccount account)
    {
        var directory = DataDirectory.Open(path, logger);
        try
        {
            var log = directory.Read(account);
            logger.Restored(account.Streams.Count(), account.Streams.Sum(static stream => stream.Records), path);
            return new(directory, log, compactAtBytes, logger);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A log that is longer than this, and than the snapshot that it would replace, is worth a new snapshot.</summary>
    public bool IsCompactionDue
    {
        get
        {
            lock (_gate)
                return _log.Length > _compactAtBytes && _log.Length > _directory.SnapshotBytes;
        }
    }

    public void Save(StoredStream stream) => Write(EntryCodec.Write(EntryKind.Stream, stream, StoredStateJson.Default.StoredStream));

    public void Save(StoredShards shards) => Write(EntryCodec.Write(EntryKind.Shards, shards, StoredStateJson.Default.StoredShards));

    public void Save(StoredAccount account) => Write(EntryCodec.Write(EntryKind.Account, account, StoredStateJson.Default.StoredAccount));

    public void SaveDeletion(long key) => Write(EntryCodec.Write(EntryKind.Deletion, new StoredDeletion(key), StoredStateJson.Default.StoredDeletion));

    /// <summary>Adds a record. It is stored when <see cref="Flush"/> returns.</summary>
    public void Append(in RecordEntry record, string? partitionKey, ReadOnlySpan<byte> data)
    {
        lock (_gate)
            Append(_log, record, partitionKey, data);
    }

    /// <summary>Hands what was added to the operating system.</summary>
    public void Flush()
    {
        lock (_gate)
            _log.Flush();
    }

    /// <summary>Puts a snapshot in the place of the log when that is due. No lock of the service may be held.</summary>
    public void CompactIfDue(StreamRegistry streams)
    {
        if (!IsCompactionDue || Interlocked.Exchange(ref _isCompacting, 1) != 0)
            return;
        try
        {
            lock (_gate)
            {
                _log.FlushToDisk();
                var next = _directory.BeginLog(_directory.LogNumber + 1);
                _log.Dispose();
                _log = next;
            }

            _directory.WriteSnapshot(snapshot => Write(snapshot, streams));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or KinesisApiException)
        {
            _logger.CompactionFailed(error, _log.Path); // the logs hold everything; the next attempt is due when this one is long again
        }
        finally
        {
            Volatile.Write(ref _isCompacting, 0);
        }
    }

    /// <summary>Hands everything to the disk and lets go of the directory.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_log.IsClosed)
                return;
            _log.FlushToDisk();
            _log.Dispose();
            _directory.Dispose();
        }
    }

    private void Write(byte[] payload)
    {
        lock (_gate)
        {
            _log.Append(payload);
            _log.Flush();
        }
    }

    private static void Write(EntryLog snapshot, StreamRegistry streams)
    {
        snapshot.Append(EntryCodec.Write(EntryKind.Account, streams.Store(), StoredStateJson.Default.StoredAccount));
        foreach (var stream in streams.All)
        {
            ImmutableArray<LocalShard> shards;
            lock (stream.Gate)
            {
                shards = stream.Shards.Table.Shards;
                snapshot.Append(EntryCodec.Write(EntryKind.Stream, stream.Store(), StoredStateJson.Default.StoredStream));
                var stored = new StoredShards(stream.Birth.Key, [.. shards.Select(static shard => shard.Store())]);
                snapshot.Append(EntryCodec.Write(EntryKind.Shards, stored, StoredStateJson.Default.StoredShards));
            }

            foreach (var shard in shards)
                WriteRecords(snapshot, stream, shard);
        }
    }

    /// <summary>LastArrival stands in the shard's entry, so each record may say that its arrival was chosen.</summary>
    private static void WriteRecords(EntryLog snapshot, LocalStream stream, LocalShard shard)
    {
        var records = shard.Read(0, int.MaxValue, long.MaxValue, stream.Horizon(stream.Clock.GetUtcNow())).Records;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            var entry = new RecordEntry(
                stream.Birth.Key, shard.Birth.Index, LocalShard.CounterOf(record.SequenceNumber), record.ApproximateArrivalTimestamp, IsChosen: true,
                record.EncryptionType == StreamSettings.Kms);
            Append(snapshot, entry, record.PartitionKey, record.Data.Span);
        }
    }

    private static void Append(EntryLog log, in RecordEntry record, string? partitionKey, ReadOnlySpan<byte> data)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(EntryCodec.MaxRecordBytes(partitionKey, data.Length));
        try
        {
            log.Append(buffer.AsSpan(0, EntryCodec.WriteRecord(buffer, record, partitionKey, data)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
