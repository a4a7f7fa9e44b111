namespace KinesisClientNet.Producer.Pipeline;

/// <summary>The keys of a few records, encoded one after the other so that they are hashed eight at a time.</summary>
internal static class KeyBlock
{
    internal const int MaxKeys = 16;

    /// <summary>Always room for one key of the largest size behind those that are there.</summary>
    internal const int MaxBytes = 2 * RecordRules.StackKeyBytes;

    /// <summary>Encodes as many keys as fit, at least one.</summary>
    /// <exception cref="ArgumentException">The first key breaks a limit of the service. A later bad key ends the block, and stands first in the next.</exception>
    internal static int Encode(ReadOnlySpan<ProducerRecord> records, Span<byte> utf8, Span<int> lengths, bool maybeMissing)
    {
        var (count, used) = (0, 0);
        while (count < records.Length && count < MaxKeys && utf8.Length - used >= RecordRules.StackKeyBytes)
        {
            if (count > 0 && !RecordRules.IsGoodKey(records[count].PartitionKey))
                break;
            lengths[count] = RecordRules.CheckedKey(records[count].PartitionKey, utf8[used..], maybeMissing).Length;
            used += lengths[count++];
        }

        return count;
    }

    internal static int Sum(ReadOnlySpan<int> lengths)
    {
        var sum = 0;
        foreach (var length in lengths)
            sum += length;
        return sum;
    }
}
