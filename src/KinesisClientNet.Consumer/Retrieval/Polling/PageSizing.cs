using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// Chooses how many records to ask for so that a page fits the room. Learns the size of the shard's records; starts with a cautious guess, because
/// GetRecords has a limit of records but none of bytes.
/// </summary>
internal sealed class PageSizing(int maxRecords)
{
    private const double FirstGuessBytes = 64 * 1024;

    private double _recordBytes = FirstGuessBytes;

    /// <summary>The limit for the next call.</summary>
    public int LimitFor(long roomBytes) => (int)Math.Clamp(roomBytes / _recordBytes, 1, maxRecords);

    /// <summary>Learns from a page.</summary>
    /// <returns>The payload bytes of the page.</returns>
    public long Learn(IReadOnlyList<KinesisRecord> records)
    {
        if (records.Count == 0)
            return 0;
        long bytes = 0;
        for (var i = 0; i < records.Count; i++)
            bytes += records[i].Data.Length;
        var average = ((double)bytes / records.Count) + 64;
        // Larger records are believed at once, smaller ones slowly: too small a page costs a call, too large a one costs memory.
        _recordBytes = average > _recordBytes ? average : (_recordBytes + average) / 2;
        return bytes;
    }
}
