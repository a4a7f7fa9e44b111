using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Cbor;

/// <summary>Writes the CBOR bodies of the data operations.</summary>
internal static class CborRequests
{
    /// <summary>More than what surrounds a record's data and key: names, heads and an explicit hash key of 39 digits.</summary>
    private const int RecordOverhead = 96;

    /// <summary>The payloads stay where they are, but for small ones.</summary>
    public static CallBody PutRecords(in PutRecordsRequest request)
    {
        var entries = request.Entries.Span;
        long size = 512;
        foreach (ref readonly var entry in entries)
            size += (entry.Data.Length < CallBody.LeastBorrowed ? entry.Data.Length : 0) + (entry.PartitionKey?.Length ?? 0) + RecordOverhead;

        var body = new CallBody(new PooledBuffer(checked((int)size)));
        var writer = new CborSpanWriter(body.Frame);
        writer.WriteMapStart(2);
        WriteStream(writer, request.Stream);
        writer.WriteText("Records"u8);
        writer.WriteArrayStart(entries.Length);
        foreach (ref readonly var entry in entries)
        {
            writer.WriteMapStart(MemberCount(entry));
            WriteMembers(writer, entry, entry.Data.Length < CallBody.LeastBorrowed ? null : body);
        }

        return body;
    }

    public static PooledBuffer PutRecord(StreamReference stream, in PutRecordsEntry entry, SequenceNumber? sequenceNumberForOrdering)
    {
        var buffer = new PooledBuffer(checked(entry.Data.Length + (entry.PartitionKey?.Length ?? 0) + RecordOverhead + 512));
        var writer = new CborSpanWriter(buffer);
        writer.WriteMapStart(1 + MemberCount(entry) + (sequenceNumberForOrdering is null ? 0 : 1));
        WriteStream(writer, stream);
        WriteMembers(writer, entry, borrower: null);
        if (sequenceNumberForOrdering is { } number)
        {
            writer.WriteText("SequenceNumberForOrdering"u8);
            writer.WriteText(number.ToString());
        }

        return buffer;
    }

    public static PooledBuffer GetRecords(in GetRecordsRequest request)
    {
        var buffer = new PooledBuffer();
        var writer = new CborSpanWriter(buffer);
        writer.WriteMapStart(1 + (request.Limit is null ? 0 : 1) + (request.Stream.Arn is null ? 0 : 1));
        writer.WriteText("ShardIterator"u8);
        writer.WriteText(request.ShardIterator);
        if (request.Limit is { } limit)
        {
            writer.WriteText("Limit"u8);
            writer.WriteInteger(limit);
        }

        if (request.Stream.Arn is { } arn)
        {
            writer.WriteText("StreamARN"u8);
            writer.WriteText(arn);
        }

        return buffer;
    }

    private static int MemberCount(in PutRecordsEntry entry) => 1 + (entry.PartitionKey is null ? 0 : 1) + (entry.ExplicitHashKey is null ? 0 : 1);

    private static void WriteMembers(CborSpanWriter writer, in PutRecordsEntry entry, CallBody? borrower)
    {
        writer.WriteText("Data"u8);
        if (borrower is null)
        {
            writer.WriteBytes(entry.Data.Span);
        }
        else
        {
            writer.WriteBytesHead(entry.Data.Length);
            borrower.Borrow(entry.Data);
        }

        if (entry.PartitionKey is { } key)
        {
            writer.WriteText("PartitionKey"u8);
            writer.WriteText(key);
        }

        if (entry.ExplicitHashKey is { } hashKey)
        {
            Span<byte> digits = stackalloc byte[40];
            hashKey.TryFormat(digits, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
            writer.WriteText("ExplicitHashKey"u8);
            writer.WriteText(digits[..length]);
        }
    }

    private static void WriteStream(CborSpanWriter writer, StreamReference stream)
    {
        writer.WriteText(stream.Arn is null ? "StreamName"u8 : "StreamARN"u8);
        writer.WriteText(stream.Arn ?? stream.Name ?? throw new ArgumentException("The stream has neither a name nor an ARN.", nameof(stream)));
    }
}
