using System.Buffers;
using System.Text.Json;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>The document of a dead letter, the same in every sink.</summary>
internal static class DeadLetterJson
{
    public static ArrayBufferWriter<byte> Write(DeadLetter letter)
    {
        var record = letter.Record;
        var buffer = new ArrayBufferWriter<byte>((record.Data.Length * 4 / 3) + 1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("stream"u8, letter.Shard.Stream.ToString());
        json.WriteString("application"u8, letter.Shard.ApplicationName);
        json.WriteString("shardId"u8, letter.Shard.ShardId);
        json.WriteString("sequenceNumber"u8, record.SequenceNumber.ToString());
        json.WriteNumber("subSequenceNumber"u8, record.SubSequenceNumber);
        json.WriteString("approximateArrivalTimestamp"u8, record.ApproximateArrivalTimestamp);
        json.WriteString("partitionKey"u8, record.PartitionKey);
        if (record.ExplicitHashKey is { } hashKey)
            json.WriteString("explicitHashKey"u8, hashKey.ToString());
        json.WriteString("action"u8, letter.Action.ToString());
        json.WriteNumber("attempts"u8, letter.Attempts);
        json.WriteString("failedAt"u8, letter.FailedAt);
        if (letter.Error is { } error)
        {
            json.WriteString("errorType"u8, error.GetType().FullName);
            json.WriteString("errorMessage"u8, error.Message);
        }

        json.WriteBase64String("data"u8, record.Data.Span);
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }
}
