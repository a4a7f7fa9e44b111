using System.Text;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// Counts the user records of an aggregate that do not belong to the shard that it was read from. KCL silently drops the whole Kinesis
/// record as soon as one does not; we deliver and count, and offer KCL's rule as an option.
/// </summary>
internal static class AggregatedRangeCheck
{
    private const int KeysAtOnce = 32;
    private const int BufferBytes = 2048;

    /// <summary>Counts the records whose hash key (the explicit one, else the partition key's MD5) lies outside a range.</summary>
    /// <param name="records">The user records of one aggregate.</param>
    /// <param name="range">The shard's range.</param>
    /// <returns>0 when the aggregate belongs to the shard; KCL keeps it only then.</returns>
    internal static int CountOutside(ReadOnlySpan<AggregatedUserRecord> records, HashKeyRange range)
    {
        if (range == HashKeyRange.Full)
            return 0;
        Span<byte> utf8 = stackalloc byte[BufferBytes];
        Span<int> lengths = stackalloc int[KeysAtOnce];
        Span<int> weights = stackalloc int[KeysAtOnce];
        var (outside, keys, used) = (0, 0, 0);
        string? lastKey = null;
        foreach (var record in records)
        {
            if (record.ExplicitHashKey is { } explicitHashKey)
            {
                outside += range.Contains(explicitHashKey) ? 0 : 1;
                continue;
            }

            // Records of one key share one string: hash it once while they follow each other.
            if (keys > 0 && ReferenceEquals(lastKey, record.PartitionKey))
            {
                weights[keys - 1]++;
                continue;
            }

            lastKey = record.PartitionKey;
            if (keys == KeysAtOnce || !Encoding.UTF8.TryGetBytes(lastKey, utf8[used..], out var written))
            {
                outside += CountOutside(utf8[..used], lengths[..keys], weights, range);
                (keys, used) = (0, 0);
                if (!Encoding.UTF8.TryGetBytes(lastKey, utf8, out written))
                {
                    outside += range.Contains(PartitionKeyHash.Compute(lastKey)) ? 0 : 1;
                    continue;
                }
            }

            (lengths[keys], weights[keys]) = (written, 1);
            keys++;
            used += written;
        }

        return outside + CountOutside(utf8[..used], lengths[..keys], weights, range);
    }

    private static int CountOutside(ReadOnlySpan<byte> utf8, ReadOnlySpan<int> lengths, ReadOnlySpan<int> weights, HashKeyRange range)
    {
        Span<UInt128> hashes = stackalloc UInt128[KeysAtOnce];
        PartitionKeyHash.ComputeMany(utf8, lengths, hashes);
        var outside = 0;
        for (var i = 0; i < lengths.Length; i++)
            outside += range.Contains(hashes[i]) ? 0 : weights[i];
        return outside;
    }
}
