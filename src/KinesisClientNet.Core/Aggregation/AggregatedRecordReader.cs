using System.Runtime.InteropServices;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// Takes aggregates apart: all or nothing. What is not a well-formed aggregate in every respect (frame, digest, message, required fields,
/// indexes, explicit hash keys) is a plain record and reaches the user unchanged, so that no bad byte can lose data. KCL instead drops
/// what follows a bad index.
/// </summary>
/// <remarks>
/// Stateless and thread-safe. Safe with hostile input: time and memory are proportional to the bytes given, never to a number that they
/// claim, and nothing throws. An aggregate with a key table and no records is read as zero records, as every other reader does.
/// </remarks>
internal static class AggregatedRecordReader
{
    /// <summary>Reads a Kinesis record's data.</summary>
    /// <param name="blob">The data; the records are slices of it.</param>
    /// <param name="into">Receives the user records in order; unchanged when the data is plain.</param>
    /// <returns>False for a plain record.</returns>
    internal static bool TryRead(ReadOnlyMemory<byte> blob, List<AggregatedUserRecord> into) =>
        AggregatedRecordDigest.IsValid(blob.Span) && TryReadVerified(blob, into);

    /// <summary>Reads data that <see cref="AggregatedRecordDigest.Verify"/> has found valid.</summary>
    /// <param name="blob">The data; the records are slices of it.</param>
    /// <param name="into">Receives the user records in order; unchanged when the data is plain.</param>
    /// <returns>False for a plain record.</returns>
    internal static bool TryReadVerified(ReadOnlyMemory<byte> blob, List<AggregatedUserRecord> into)
    {
        var message = AggregatedRecordFormat.MessageOf(blob);
        using var keys = new AggregatedKeys(message);
        if (!TryReadTables(message.Span, keys, out var count))
            return false;

        var before = into.Count;
        into.EnsureCapacity(before + count);
        if (TryReadRecords(message, keys, into))
            return true;
        CollectionsMarshal.SetCount(into, before);
        return false;
    }

    /// <summary>Steps over the top-level fields: the tables may stand anywhere, even behind the records that need them.</summary>
    private static bool TryReadTables(ReadOnlySpan<byte> message, AggregatedKeys keys, out int records)
    {
        records = 0;
        var reader = new ProtobufReader(message);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag))
                return false;
            switch (tag)
            {
                case AggregatedRecordFormat.PartitionKeyTag:
                    if (!reader.TryReadSlice(out var start, out var length))
                        return false;
                    keys.AddPartitionKey(start, length);
                    break;
                case AggregatedRecordFormat.ExplicitHashKeyTag:
                    if (!reader.TryReadSlice(out start, out length))
                        return false;
                    keys.AddExplicitHashKey(start, length);
                    break;
                case AggregatedRecordFormat.RecordTag:
                    if (!reader.TryReadSlice(out _, out length) || length < AggregatedRecordFormat.MinRecordMessageBytes)
                        return false;
                    records++;
                    break;
                default:
                    if (!reader.TrySkip(tag))
                        return false;
                    break;
            }
        }

        return true;
    }

    private static bool TryReadRecords(ReadOnlyMemory<byte> message, AggregatedKeys keys, List<AggregatedUserRecord> into)
    {
        var span = message.Span;
        var reader = new ProtobufReader(span);
        while (!reader.IsAtEnd)
        {
            reader.TryReadTag(out var tag); // the first walk has proved the top level
            if (tag != AggregatedRecordFormat.RecordTag)
            {
                reader.TrySkip(tag);
                continue;
            }

            reader.TryReadSlice(out var start, out var length);
            if (!TryReadRecord(span.Slice(start, length), out var record) ||
                !keys.TryGetPartitionKey(record.PartitionKeyIndex, out var partitionKey) ||
                !keys.TryGetExplicitHashKey(record.ExplicitHashKeyIndex, out var explicitHashKey))
            {
                return false;
            }

            into.Add(new(partitionKey, explicitHashKey, message.Slice(start + record.DataStart, record.DataLength)));
        }

        return true;
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, out RecordFields record)
    {
        record = default;
        var (hasIndex, hasData) = (false, false);
        var reader = new ProtobufReader(message);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag))
                return false;
            switch (tag)
            {
                case AggregatedRecordFormat.RecordPartitionKeyIndexTag:
                    if (!reader.TryReadVarint(out record.PartitionKeyIndex))
                        return false;
                    hasIndex = true;
                    break;
                case AggregatedRecordFormat.RecordExplicitHashKeyIndexTag:
                    if (!reader.TryReadVarint(out var index))
                        return false;
                    record.ExplicitHashKeyIndex = index;
                    break;
                case AggregatedRecordFormat.RecordDataTag:
                    if (!reader.TryReadSlice(out record.DataStart, out record.DataLength))
                        return false;
                    hasData = true;
                    break;
                case AggregatedRecordFormat.RecordTagTag:
                    if (!reader.TryReadSlice(out var start, out var length) || !IsTag(message.Slice(start, length)))
                        return false;
                    break;
                default:
                    if (!reader.TrySkip(tag))
                        return false;
                    break;
            }
        }

        return hasIndex && hasData; // required in proto2
    }

    /// <summary>A tag's content is ignored, but it must parse and have its required key, or the whole message is not one.</summary>
    private static bool IsTag(ReadOnlySpan<byte> message)
    {
        var hasKey = false;
        var reader = new ProtobufReader(message);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag) || !reader.TrySkip(tag))
                return false;
            hasKey |= tag == AggregatedRecordFormat.TagKeyTag;
        }

        return hasKey;
    }

    private struct RecordFields
    {
        internal ulong PartitionKeyIndex;
        internal ulong? ExplicitHashKeyIndex;
        internal int DataStart;
        internal int DataLength;
    }
}
