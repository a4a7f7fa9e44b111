using System.Buffers;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Core.Service.Cbor;

namespace KinesisClientNet.LoadRig.Sink;

/// <summary>Reads a PutRecords body as cheaply as it can and writes an answer in which every record is stored.</summary>
internal static class PutRecordsAnswer
{
    private const int SequenceDigits = 56;

    /// <summary>Answers a CBOR body.</summary>
    /// <returns>How many Kinesis records it held.</returns>
    public static int Cbor(ReadOnlySpan<byte> body, SinkShards shards, ArrayBufferWriter<byte> answer)
    {
        var reader = new CborSpanReader(body);
        var map = reader.ReadMapStart();
        var count = 0;
        answer.Write((ReadOnlySpan<byte>)[0xBF]); // an indefinite map, as the service answers
        WriteText(answer, "FailedRecordCount"u8);
        answer.Write((ReadOnlySpan<byte>)[0x00]);
        WriteText(answer, "Records"u8);
        answer.Write((ReadOnlySpan<byte>)[0x9F]);
        while (reader.MoveNext(ref map))
        {
            if (!reader.ReadText().SequenceEqual("Records"u8))
            {
                reader.Skip();
                continue;
            }

            var records = reader.ReadArrayStart();
            while (reader.MoveNext(ref records))
            {
                CborRecord(ref reader, shards, answer);
                count++;
            }
        }

        answer.Write((ReadOnlySpan<byte>)[0xFF, 0xFF]);
        return count;
    }

    /// <summary>Answers a JSON body.</summary>
    /// <returns>How many Kinesis records it held.</returns>
    public static int Json(ReadOnlySpan<byte> body, SinkShards shards, ArrayBufferWriter<byte> answer)
    {
        var reader = new Utf8JsonReader(body);
        var count = 0;
        Span<byte> digits = stackalloc byte[SequenceDigits];
        byte[] key = [], explicitHash = [];
        var depthOfRecord = 3;
        answer.Write("{\"FailedRecordCount\":0,\"Records\":["u8);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depthOfRecord)
            {
                var isKey = reader.ValueTextEquals("PartitionKey"u8);
                var isHash = reader.ValueTextEquals("ExplicitHashKey"u8);
                reader.Read();
                if (isKey)
                    key = Encoding.UTF8.GetBytes(reader.GetString()!);
                else if (isHash && reader.TokenType == JsonTokenType.String)
                    explicitHash = reader.ValueSpan.ToArray();
            }
            else if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depthOfRecord - 1)
            {
                if (count++ > 0)
                    answer.Write(","u8);
                shards.NextSequence(digits);
                answer.Write("{\"SequenceNumber\":\""u8);
                answer.Write(digits);
                answer.Write("\",\"ShardId\":\""u8);
                answer.Write(shards.Ids[shards.IndexOf(explicitHash, key)]);
                answer.Write("\"}"u8);
                (key, explicitHash) = ([], []);
            }
        }

        answer.Write("]}"u8);
        return count;
    }

    private static void CborRecord(ref CborSpanReader reader, SinkShards shards, ArrayBufferWriter<byte> answer)
    {
        ReadOnlySpan<byte> key = default, explicitHash = default;
        var members = reader.ReadMapStart();
        while (reader.MoveNext(ref members))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("PartitionKey"u8))
                key = reader.ReadText();
            else if (name.SequenceEqual("ExplicitHashKey"u8))
                explicitHash = reader.ReadText();
            else
                reader.Skip();
        }

        Span<byte> digits = stackalloc byte[SequenceDigits];
        shards.NextSequence(digits);
        answer.Write((ReadOnlySpan<byte>)[0xA2]);
        WriteText(answer, "SequenceNumber"u8);
        WriteText(answer, digits);
        WriteText(answer, "ShardId"u8);
        WriteText(answer, shards.Ids[shards.IndexOf(explicitHash, key)]);
    }

    private static void WriteText(ArrayBufferWriter<byte> answer, ReadOnlySpan<byte> text)
    {
        if (text.Length < 24)
            answer.Write((ReadOnlySpan<byte>)[(byte)(0x60 | text.Length)]);
        else
            answer.Write((ReadOnlySpan<byte>)[0x78, (byte)text.Length]);
        answer.Write(text);
    }
}
