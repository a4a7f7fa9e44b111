using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Writes and reads the JSON bodies of the puts, by hand where records are.</summary>
internal static class JsonPuts
{
    private const int RecordOverhead = 128;

    /// <summary>Everything below the space, the quote and the backslash; what lies above ASCII goes out as UTF-8.</summary>
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 32).Select(static c => (char)c)) + "\"\\");

    public static PooledBuffer PutRecords(in PutRecordsRequest request)
    {
        var entries = request.Entries.Span;
        long size = 512;
        foreach (ref readonly var entry in entries)
            size += Base64.GetMaxEncodedToUtf8Length(entry.Data.Length) + (entry.PartitionKey?.Length ?? 0) + RecordOverhead;

        var buffer = new PooledBuffer(checked((int)size));
        buffer.Write("{"u8);
        WriteStream(buffer, request.Stream);
        buffer.Write(",\"Records\":["u8);
        for (var i = 0; i < entries.Length; i++)
        {
            buffer.Write(i == 0 ? "{"u8 : ",{"u8);
            WriteMembers(buffer, entries[i]);
            buffer.Write("}"u8);
        }

        buffer.Write("]}"u8);
        return buffer;
    }

    public static PooledBuffer PutRecord(StreamReference stream, in PutRecordsEntry entry, SequenceNumber? sequenceNumberForOrdering)
    {
        var buffer = new PooledBuffer(checked(Base64.GetMaxEncodedToUtf8Length(entry.Data.Length) + (entry.PartitionKey?.Length ?? 0) + RecordOverhead + 512));
        buffer.Write("{"u8);
        WriteStream(buffer, stream);
        buffer.Write(","u8);
        WriteMembers(buffer, entry);
        if (sequenceNumberForOrdering is { } number)
        {
            buffer.Write(",\"SequenceNumberForOrdering\":"u8);
            WriteString(buffer, number.ToString());
        }

        buffer.Write("}"u8);
        return buffer;
    }

    public static PutRecordsResponse ReadPutRecords(ReadOnlySpan<byte> body, int expected, Utf8Interner interner, string? requestId)
    {
        var reader = JsonFields.ReaderOf(body);
        var results = new PutResults(expected);
        string? encryption = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("Records"u8))
                ReadResults(ref reader, ref results, interner);
            else if (reader.ValueTextEquals("EncryptionType"u8))
                encryption = JsonFields.ReadInterned(ref reader, interner);
            else
                JsonFields.SkipValue(ref reader);
        }

        return results.ToResponse(encryption, requestId);
    }

    public static PutRecordsResultEntry ReadPutRecord(ReadOnlySpan<byte> body, Utf8Interner interner)
    {
        var reader = JsonFields.ReaderOf(body);
        JsonFields.StartDocument(ref reader);
        var (shardId, number, _, _) = ReadMembers(ref reader, interner);
        return PutResults.One(shardId, number, null, null);
    }

    private static void ReadResults(ref Utf8JsonReader reader, ref PutResults results, Utf8Interner interner)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return;
        while (JsonFields.NextObject(ref reader))
        {
            var (shardId, number, code, message) = ReadMembers(ref reader, interner);
            results.Add(shardId, number, code, message);
        }
    }

    private static (string? ShardId, SequenceNumber? Number, string? Code, string? Message) ReadMembers(ref Utf8JsonReader reader, Utf8Interner interner)
    {
        string? shardId = null, code = null, message = null;
        SequenceNumber? number = null;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("SequenceNumber"u8))
                number = JsonFields.ReadSequenceNumber(ref reader);
            else if (reader.ValueTextEquals("ShardId"u8))
                shardId = JsonFields.ReadInterned(ref reader, interner);
            else if (reader.ValueTextEquals("ErrorCode"u8))
                code = JsonFields.ReadInterned(ref reader, interner);
            else if (reader.ValueTextEquals("ErrorMessage"u8))
                message = JsonFields.ReadInterned(ref reader, interner);
            else
                JsonFields.SkipValue(ref reader);
        }

        return (shardId, number, code, message);
    }

    private static void WriteMembers(PooledBuffer buffer, in PutRecordsEntry entry)
    {
        buffer.Write("\"Data\":\""u8);
        var data = entry.Data.Span;
        Base64.EncodeToUtf8(data, buffer.GetSpan(Base64.GetMaxEncodedToUtf8Length(data.Length)), out _, out var written);
        buffer.Advance(written);
        buffer.Write("\""u8);
        if (entry.PartitionKey is { } key)
        {
            buffer.Write(",\"PartitionKey\":"u8);
            WriteString(buffer, key);
        }

        if (entry.ExplicitHashKey is { } hashKey)
        {
            buffer.Write(",\"ExplicitHashKey\":\""u8);
            hashKey.TryFormat(buffer.GetSpan(40), out var length, default, CultureInfo.InvariantCulture);
            buffer.Advance(length);
            buffer.Write("\""u8);
        }
    }

    private static void WriteStream(PooledBuffer buffer, StreamReference stream)
    {
        buffer.Write(stream.Arn is null ? "\"StreamName\":"u8 : "\"StreamARN\":"u8);
        WriteString(buffer, stream.Arn ?? stream.Name ?? throw new ArgumentException("The stream has neither a name nor an ARN.", nameof(stream)));
    }

    private static void WriteString(PooledBuffer buffer, string text)
    {
        if (text.AsSpan().ContainsAny(Escaped))
            text = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);
        buffer.Write("\""u8);
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
        buffer.Write("\""u8);
    }
}
