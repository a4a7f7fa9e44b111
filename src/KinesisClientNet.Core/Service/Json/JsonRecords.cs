using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>
/// Reads pages of records in JSON: the answer of GetRecords and the events of SubscribeToShard. The records are slices of the text, whose base64 is
/// decoded over itself: a page costs its text's memory and no more.
/// </summary>
internal static class JsonRecords
{
    /// <summary>What a page and an event hold.</summary>
    private ref struct Page
    {
        public Memory<byte> Body;
        public RecordPage Records;
        public string? NextShardIterator;
        public long? MillisBehindLatest;
        public IReadOnlyList<ChildShard> ChildShards;
        public SequenceNumber? Continuation;
    }

    /// <summary>Reads a GetRecords answer.</summary>
    /// <param name="body">The answer. The page owns it; after a failure nobody does.</param>
    /// <param name="interner">For texts that repeat.</param>
    public static GetRecordsPage ReadGetRecords(PooledBuffer body, Utf8Interner interner)
    {
        try
        {
            var page = Read(body.WrittenMemory, interner);
            return new(page.Records.Records, page.NextShardIterator, page.MillisBehindLatest, page.ChildShards, body);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Reads a SubscribeToShardEvent.</summary>
    /// <param name="message">The memory of the whole message. The event owns it, unless this fails.</param>
    /// <param name="payload">The part of it that is the event.</param>
    /// <param name="interner">For texts that repeat.</param>
    public static ShardEvent ReadEvent(PooledBuffer message, ReadOnlyMemory<byte> payload, Utf8Interner interner)
    {
        var page = Read(payload, interner);
        return new(page.Records.Records, page.Continuation, page.MillisBehindLatest ?? 0, page.ChildShards, message);
    }

    private static Page Read(ReadOnlyMemory<byte> body, Utf8Interner interner)
    {
        var page = new Page { Body = MemoryMarshal.AsMemory(body), ChildShards = [] };
        var reader = JsonFields.ReaderOf(body.Span);
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
            ReadMember(ref reader, ref page, interner);
        _ = page.Records.Records; // Throws when the list is missing.
        return page;
    }

    private static void ReadMember(ref Utf8JsonReader reader, ref Page page, Utf8Interner interner)
    {
        if (reader.ValueTextEquals("Records"u8))
            ReadRecords(ref reader, ref page, interner);
        else if (reader.ValueTextEquals("NextShardIterator"u8))
            page.NextShardIterator = JsonFields.ReadString(ref reader);
        else if (reader.ValueTextEquals("ContinuationSequenceNumber"u8))
            page.Continuation = JsonFields.ReadSequenceNumber(ref reader);
        else if (reader.ValueTextEquals("MillisBehindLatest"u8))
            page.MillisBehindLatest = JsonFields.ReadInt64(ref reader);
        else if (reader.ValueTextEquals("ChildShards"u8))
            page.ChildShards = JsonShapes.ReadChildShards(ref reader);
        else
            JsonFields.SkipValue(ref reader);
    }

    private static void ReadRecords(ref Utf8JsonReader reader, ref Page page, Utf8Interner interner)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return;
        page.Records.Start(-1);
        while (JsonFields.NextObject(ref reader))
            ReadRecord(ref reader, ref page, interner);
    }

    private static void ReadRecord(ref Utf8JsonReader reader, ref Page page, Utf8Interner interner)
    {
        SequenceNumber? number = null;
        DateTimeOffset? arrival = null;
        ReadOnlyMemory<byte>? data = null;
        string? key = null, encryption = null;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("SequenceNumber"u8))
                number = JsonFields.ReadSequenceNumber(ref reader);
            else if (reader.ValueTextEquals("ApproximateArrivalTimestamp"u8))
                arrival = JsonFields.ReadTime(ref reader);
            else if (reader.ValueTextEquals("Data"u8))
                data = ReadData(ref reader, page.Body);
            else if (reader.ValueTextEquals("PartitionKey"u8))
                key = ReadKey(ref reader, ref page.Records);
            else if (reader.ValueTextEquals("EncryptionType"u8))
                encryption = JsonFields.ReadInterned(ref reader, interner);
            else
                JsonFields.SkipValue(ref reader);
        }

        page.Records.Add(number, arrival, data, key, encryption);
    }

    private static string? ReadKey(ref Utf8JsonReader reader, ref RecordPage records)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.String))
            return null;
        return reader.ValueIsEscaped ? reader.GetString() : records.Key(reader.ValueSpan);
    }

    private static ReadOnlyMemory<byte>? ReadData(ref Utf8JsonReader reader, Memory<byte> body)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.String))
            return null;
        if (reader.ValueIsEscaped)
            return reader.GetBytesFromBase64(); // Some writers escape the slash of base64.
        // The reader is past it and does not look back.
        var text = body.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        return Base64.DecodeFromUtf8InPlace(text.Span, out var length) == OperationStatus.Done
            ? text[..length]
            : throw new FormatException("a record's data is no base64");
    }
}
