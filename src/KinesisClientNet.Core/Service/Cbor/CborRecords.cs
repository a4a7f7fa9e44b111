using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Cbor;

/// <summary>Reads the CBOR answer of GetRecords: the records are slices of the answer, which the page owns.</summary>
internal static class CborRecords
{
    /// <summary>What a record takes at least: its names and heads.</summary>
    private const int SmallestRecord = 32;

    public static GetRecordsPage Read(WireResponse response, Utf8Interner interner)
    {
        var body = response.Body.WrittenMemory;
        var reader = new CborSpanReader(body.Span);
        var page = new RecordPage();
        string? next = null;
        long? behind = null;
        IReadOnlyList<ChildShard> children = [];
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (reader.TryReadNull())
                continue;
            if (name.SequenceEqual("Records"u8))
                ReadRecords(ref reader, body, ref page, interner);
            else if (name.SequenceEqual("NextShardIterator"u8))
                next = reader.ReadTextAsString();
            else if (name.SequenceEqual("MillisBehindLatest"u8))
                behind = reader.ReadInt64();
            else if (name.SequenceEqual("ChildShards"u8))
                children = ReadChildShards(ref reader);
            else
                reader.Skip();
        }

        return new(page.Records, next, behind, children, response.DetachBody());
    }

    private static void ReadRecords(ref CborSpanReader reader, ReadOnlyMemory<byte> body, ref RecordPage page, Utf8Interner interner)
    {
        var list = reader.ReadArrayStart();
        page.Start(Math.Min(list.Remaining, reader.Remaining / SmallestRecord));
        while (reader.MoveNext(ref list))
            ReadRecord(ref reader, body, ref page, interner);
    }

    private static void ReadRecord(ref CborSpanReader reader, ReadOnlyMemory<byte> body, ref RecordPage page, Utf8Interner interner)
    {
        SequenceNumber? number = null;
        DateTimeOffset? arrival = null;
        ReadOnlyMemory<byte>? data = null;
        string? key = null, encryption = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (reader.TryReadNull())
                continue;
            if (name.SequenceEqual("SequenceNumber"u8))
                number = CborAnswers.ReadSequenceNumber(ref reader);
            else if (name.SequenceEqual("ApproximateArrivalTimestamp"u8))
                arrival = WireTimestamp.FromNumber(reader.ReadNumber());
            else if (name.SequenceEqual("Data"u8))
                data = ReadData(ref reader, body);
            else if (name.SequenceEqual("PartitionKey"u8))
                key = page.Key(reader.ReadText());
            else if (name.SequenceEqual("EncryptionType"u8))
                encryption = interner.Get(reader.ReadText());
            else
                reader.Skip();
        }

        page.Add(number, arrival, data, key, encryption);
    }

    /// <summary>A byte string as AWS sends it, or base64 text as kinesis-mock does; the text is decoded over itself, because the body is ours.</summary>
    private static ReadOnlyMemory<byte> ReadData(ref CborSpanReader reader, ReadOnlyMemory<byte> body)
    {
        var major = reader.PeekMajor();
        var bytes = reader.ReadString(major == CborMajor.Text ? CborMajor.Text : CborMajor.Bytes, out var offset);
        var data = offset < 0 ? bytes.ToArray() : body.Slice(offset, bytes.Length);
        if (major != CborMajor.Text)
            return data;
        var status = Base64.DecodeFromUtf8InPlace(MemoryMarshal.AsMemory(data).Span, out var length);
        return status == OperationStatus.Done ? data[..length] : throw new FormatException("a record's data is neither bytes nor base64");
    }

    private static List<ChildShard> ReadChildShards(ref CborSpanReader reader)
    {
        var children = new List<ChildShard>();
        var list = reader.ReadArrayStart();
        while (reader.MoveNext(ref list))
        {
            string? id = null;
            HashKeyRange? range = null;
            List<string> parents = [];
            var map = reader.ReadMapStart();
            while (reader.MoveNext(ref map))
            {
                var name = reader.ReadText();
                if (reader.TryReadNull())
                    continue;
                if (name.SequenceEqual("ShardId"u8))
                    id = reader.ReadTextAsString();
                else if (name.SequenceEqual("ParentShards"u8))
                    parents = ReadStrings(ref reader);
                else if (name.SequenceEqual("HashKeyRange"u8))
                    range = ReadHashKeyRange(ref reader);
                else
                    reader.Skip();
            }

            children.Add(new(id ?? throw new FormatException("a child shard has no id"), parents, range ?? throw new FormatException("a child shard has no range")));
        }

        return children;
    }

    private static HashKeyRange ReadHashKeyRange(ref CborSpanReader reader)
    {
        UInt128? start = null, end = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("StartingHashKey"u8))
                start = ReadHashKey(ref reader);
            else if (name.SequenceEqual("EndingHashKey"u8))
                end = ReadHashKey(ref reader);
            else
                reader.Skip();
        }

        return start <= end ? new(start.Value, end.Value) : throw new FormatException("a hash key range is incomplete or ends before it starts");
    }

    private static UInt128 ReadHashKey(ref CborSpanReader reader) =>
        UInt128.TryParse(reader.ReadText(), NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            ? key
            : throw new FormatException("a hash key is no number of 0 to 2^128-1");

    private static List<string> ReadStrings(ref CborSpanReader reader)
    {
        var strings = new List<string>();
        var list = reader.ReadArrayStart();
        while (reader.MoveNext(ref list))
            strings.Add(reader.ReadTextAsString());
        return strings;
    }
}
