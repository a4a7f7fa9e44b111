using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// Chooses how many records to ask for so that a page fits the room: GetRecords has a limit of records but none of bytes. Learns the size of the
/// shard's records, and asks for few until it knows: a page may have 10 MiB, and 64 shards may begin at once (ADR 0034).
/// </summary>
internal sealed class PageSizing(int maxRecords)
{
    /// <summary>The largest page of the service with what its records cost beside their payload: with room for it there is nothing to choose.</summary>
    private const long LargestPageBytes = (10 * 1024 * 1024) + (10_000 * ShardPage.RecordOverheadBytes);

    /// <summary>What a record is taken for before one was seen: the default limit of a record (a stream may allow 10 MiB).</summary>
    private const double UnknownRecordBytes = 1024 * 1024;

    /// <summary>A page has at most this many times the records of the largest page so far: sizes learned from a few say little about many.</summary>
    private const int Growth = 8;

    private double _recordBytes;
    private int _seen;

    /// <summary>The limit for the next call.</summary>
    public int LimitFor(long roomBytes)
    {
        if (roomBytes >= LargestPageBytes)
            return maxRecords;
        var trusted = Math.Max(Math.Max(1, roomBytes / UnknownRecordBytes), (double)_seen * Growth);
        return (int)Math.Clamp(_seen == 0 ? trusted : Math.Min(trusted, roomBytes / _recordBytes), 1, maxRecords);
    }

    /// <summary>Learns from a page.</summary>
    /// <returns>The payload bytes of the page.</returns>
    public long Learn(IReadOnlyList<KinesisRecord> records)
    {
        if (records.Count == 0)
            return 0;
        long bytes = 0;
        for (var i = 0; i < records.Count; i++)
            bytes += records[i].Data.Length;
        var average = ((double)bytes / records.Count) + ShardPage.RecordOverheadBytes;
        // Larger records are believed at once, smaller ones slowly: too small a page costs a call, too large a one costs memory.
        _recordBytes = _seen == 0 || average > _recordBytes ? average : (_recordBytes + average) / 2;
        _seen = Math.Max(_seen, records.Count);
        return bytes;
    }
}
