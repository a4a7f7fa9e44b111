using System.Text;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// A W3C trace context in the tags of a user record: the KPL's format has room for tags in each record, and every reader of the format, the KCL
/// among them, skips tags that it does not know. Only records in aggregates have tags.
/// </summary>
internal static class AggregatedTraceParent
{
    /// <summary>The length of a traceparent: version, trace id, span id and flags in hexadecimal (W3C Trace Context, version 00).</summary>
    internal const int TextBytes = 55;

    /// <summary>What it adds to a record's message: the tag field, and in it name and value.</summary>
    internal const int FieldBytes = 2 + TagBytes;

    private const int TagBytes = 2 + NameBytes + 2 + TextBytes;
    private const int NameBytes = 11;
    private const byte TagValueTag = 0x12;

    private static ReadOnlySpan<byte> Name => "traceparent"u8;

    /// <summary>Writes the field.</summary>
    /// <param name="to">At least <see cref="FieldBytes"/> long.</param>
    /// <param name="traceParent">A text of <see cref="TextBytes"/> ASCII characters.</param>
    internal static void Write(Span<byte> to, string traceParent)
    {
        to[0] = AggregatedRecordFormat.RecordTagTag;
        to[1] = TagBytes;
        to[2] = AggregatedRecordFormat.TagKeyTag;
        to[3] = NameBytes;
        Name.CopyTo(to[4..]);
        to[4 + NameBytes] = TagValueTag;
        to[5 + NameBytes] = TextBytes;
        Encoding.ASCII.GetBytes(traceParent, to.Slice(6 + NameBytes, TextBytes));
    }

    /// <summary>The traceparent of each record of an aggregate. Not checked beyond its length: who uses it parses it.</summary>
    /// <param name="blob">The data of a Kinesis record that was read as an aggregate.</param>
    /// <returns>By place, null for a record without; shorter than the aggregate when later records have none; empty when no record has one.</returns>
    internal static string?[] Read(ReadOnlyMemory<byte> blob)
    {
        if (!AggregatedRecordFormat.HasFrame(blob.Span))
            return [];
        var found = new List<string?>();
        var message = AggregatedRecordFormat.MessageOf(blob).Span;
        var reader = new ProtobufReader(message);
        var (place, last) = (0, (string?)null);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag))
                return [];
            if (tag != AggregatedRecordFormat.RecordTag)
            {
                if (!reader.TrySkip(tag))
                    return [];
                continue;
            }

            if (!reader.TryReadSlice(out var start, out var length))
                return [];
            if (Find(message.Slice(start, length)) is { IsEmpty: false } text)
            {
                while (found.Count < place)
                    found.Add(null);
                // Records of one caller follow each other: they share one string.
                last = last is not null && Ascii.Equals(last, text) ? last : Encoding.ASCII.GetString(text);
                found.Add(last);
            }

            place++;
        }

        return [.. found];
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> record)
    {
        var reader = new ProtobufReader(record);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag))
                return default;
            if (tag != AggregatedRecordFormat.RecordTagTag)
            {
                if (!reader.TrySkip(tag))
                    return default;
                continue;
            }

            if (!reader.TryReadSlice(out var start, out var length))
                return default;
            if (ValueOf(record.Slice(start, length)) is { IsEmpty: false } value)
                return value;
        }

        return default;
    }

    /// <summary>The value of a tag with our name and a traceparent's length; empty for any other.</summary>
    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> tagMessage)
    {
        var isOurs = false;
        ReadOnlySpan<byte> value = default;
        var reader = new ProtobufReader(tagMessage);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var tag))
                return default;
            if (tag is not (AggregatedRecordFormat.TagKeyTag or TagValueTag))
            {
                if (!reader.TrySkip(tag))
                    return default;
                continue;
            }

            if (!reader.TryReadSlice(out var start, out var length))
                return default;
            if (tag == AggregatedRecordFormat.TagKeyTag)
                isOurs = tagMessage.Slice(start, length).SequenceEqual(Name);
            else
                value = tagMessage.Slice(start, length);
        }

        return isOurs && value.Length == TextBytes ? value : default;
    }
}
