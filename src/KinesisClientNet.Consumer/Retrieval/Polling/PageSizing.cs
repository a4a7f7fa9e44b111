using System.Numerics;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// Chooses how many records to ask for so that a page fits the room: GetRecords has a limit of records but none of bytes. Learns the size of the
/// shard's records, and asks for few until it knows: a page may have 10 MiB, and 64 shards may begin at once (ADR 0034).
/// </summary>
internal sealed class PageSizing(int maxRecords)
{
    /// <summary>The service's largest page (10 MiB, as base64 14) in the pool's memory, with what its records cost beside it: with room for that there is nothing to choose.</summary>
    private const long LargestPageBytes = (16 * 1024 * 1024) + (10_000 * ShardPage.RecordOverheadBytes);

    /// <summary>How much of a power of two is aimed at: the pool hands out powers of two, and a page that is a little larger than expected would take the next.</summary>
    private const double Fill = 0.95;

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
        var content = Fill * BitOperations.RoundUpToPowerOf2(((ulong)roomBytes / 2) + 1);
        var trusted = Math.Max(content / UnknownRecordBytes, (double)_seen * Growth);
        var fitting = _seen == 0 ? trusted : Math.Min(content / _recordBytes, roomBytes / (_recordBytes + ShardPage.RecordOverheadBytes));
        return (int)Math.Clamp(Math.Min(trusted, fitting), 1, maxRecords);
    }

    /// <summary>Learns from a page.</summary>
    /// <param name="records">How many records it has.</param>
    /// <param name="bytes">Its content.</param>
    public void Learn(int records, long bytes)
    {
        if (records == 0)
            return;
        var average = (double)bytes / records;
        // Larger records are believed at once, smaller ones slowly: too small a page costs a call, too large a one costs memory.
        _recordBytes = _seen == 0 || average > _recordBytes ? average : (_recordBytes + average) / 2;
        _seen = Math.Max(_seen, records);
    }
}
