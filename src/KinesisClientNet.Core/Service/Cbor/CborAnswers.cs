using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Cbor;

/// <summary>Reads the CBOR answers of the puts.</summary>
internal static class CborAnswers
{
    public static PutRecordsResponse ReadPutRecords(ReadOnlySpan<byte> body, int expected, Utf8Interner interner, string? requestId)
    {
        var reader = new CborSpanReader(body);
        var results = new PutResults(expected);
        string? encryption = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("Records"u8) && !reader.TryReadNull())
            {
                var list = reader.ReadArrayStart();
                while (reader.MoveNext(ref list))
                    ReadResult(ref reader, ref results, interner);
            }
            else if (name.SequenceEqual("EncryptionType"u8))
            {
                encryption = ReadInterned(ref reader, interner);
            }
            else if (!name.SequenceEqual("Records"u8))
            {
                reader.Skip();
            }
        }

        return results.ToResponse(encryption, requestId);
    }

    public static PutRecordsResultEntry ReadPutRecord(ReadOnlySpan<byte> body, Utf8Interner interner)
    {
        var reader = new CborSpanReader(body);
        var result = ReadMembers(ref reader, interner);
        return PutResults.One(result.ShardId, result.Number, null, null);
    }

    /// <summary>A text, or null.</summary>
    public static string? ReadInterned(ref CborSpanReader reader, Utf8Interner interner) => reader.TryReadNull() ? null : interner.Get(reader.ReadText());

    /// <summary>A sequence number, or null.</summary>
    public static SequenceNumber? ReadSequenceNumber(ref CborSpanReader reader)
    {
        if (reader.TryReadNull())
            return null;
        return SequenceNumber.TryParse(reader.ReadText(), out var number) ? number : throw new FormatException("A sequence number is no decimal number.");
    }

    private static void ReadResult(ref CborSpanReader reader, ref PutResults results, Utf8Interner interner)
    {
        var (shardId, number, code, message) = ReadMembers(ref reader, interner);
        results.Add(shardId, number, code, message);
    }

    private static (string? ShardId, SequenceNumber? Number, string? Code, string? Message) ReadMembers(ref CborSpanReader reader, Utf8Interner interner)
    {
        string? shardId = null, code = null, message = null;
        SequenceNumber? number = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("SequenceNumber"u8))
                number = ReadSequenceNumber(ref reader);
            else if (name.SequenceEqual("ShardId"u8))
                shardId = ReadInterned(ref reader, interner);
            else if (name.SequenceEqual("ErrorCode"u8))
                code = ReadInterned(ref reader, interner);
            else if (name.SequenceEqual("ErrorMessage"u8))
                message = ReadInterned(ref reader, interner);
            else
                reader.Skip();
        }

        return (shardId, number, code, message);
    }
}
