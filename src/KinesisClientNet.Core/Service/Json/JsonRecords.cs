using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Reads pages of records in JSON: the answer of GetRecords and the events of SubscribeToShard. Payloads go side by side into one pooled slab.</summary>
internal static class JsonRecords
{
    /// <summary>What a page and an event hold. The slab belongs to whoever takes it.</summary>
    public ref struct Page
    {
        public RecordPage Records;
        public PooledBuffer Slab;
        public string? NextShardIterator;
        public long? MillisBehindLatest;
        public IReadOnlyList<ChildShard> ChildShards;
        public SequenceNumber? Continuation;
    }

    /// <summary>Reads a GetRecords answer.</summary>
    public static GetRecordsPage ReadGetRecords(ReadOnlySpan<byte> body, Utf8Interner interner)
    {
        var page = Read(body, interner);
        return new(page.Records.Records, page.NextShardIterator, page.MillisBehindLatest, page.ChildShards, page.Slab);
    }

    /// <summary>Reads a SubscribeToShardEvent.</summary>
    public static ShardEvent ReadEvent(ReadOnlySpan<byte> payload, Utf8Interner interner)
    {
        var page = Read(payload, interner);
        return new(page.Records.Records, page.Continuation, page.MillisBehindLatest ?? 0, page.ChildShards, page.Slab);
    }

    private static Page Read(ReadOnlySpan<byte> body, Utf8Interner interner)
    {
        // Base64 is four bytes for three: all payloads together fit, with a byte to spare for an empty one, so the slab never moves under the slices.
        var page = new Page { Slab = new PooledBuffer(Base64.GetMaxDecodedFromUtf8Length(body.Length) + 1), ChildShards = [] };
        try
        {
            var reader = JsonFields.ReaderOf(body);
            JsonFields.StartDocument(ref reader);
            while (JsonFields.NextProperty(ref reader))
                ReadMember(ref reader, ref page, interner);
            _ = page.Records.Records; // Throws when the list is missing.
            return page;
        }
        catch
        {
            page.Slab.Dispose();
            throw;
        }
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
                data = ReadData(ref reader, page.Slab);
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

    private static ReadOnlyMemory<byte>? ReadData(ref Utf8JsonReader reader, PooledBuffer slab)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.String))
            return null;
        var start = slab.Length;
        if (reader.ValueIsEscaped)
        {
            // Some writers escape the slash of base64.
            slab.Write(reader.GetBytesFromBase64());
            return slab.WrittenMemory[start..];
        }

        var status = Base64.DecodeFromUtf8(reader.ValueSpan, slab.GetSpan(Base64.GetMaxDecodedFromUtf8Length(reader.ValueSpan.Length)), out _, out var written);
        if (status != OperationStatus.Done)
            throw new FormatException("a record's data is no base64");
        slab.Advance(written);
        return slab.WrittenMemory[start..];
    }
}
