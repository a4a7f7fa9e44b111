using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>The document of a dead letter, the same in every sink.</summary>
internal static class DeadLetterJson
{
    /// <summary>A stack trace helps; a chain of them must not outgrow the record.</summary>
    private const int MaxErrorLength = 8192;

    public static ArrayBufferWriter<byte> Write(DeadLetter letter, bool includesPayload = true)
    {
        var record = letter.Record;
        var buffer = new ArrayBufferWriter<byte>((includesPayload ? record.Data.Length * 4 / 3 : 0) + 1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("stream"u8, letter.Shard.Stream.ToString());
        json.WriteString("application"u8, letter.Shard.ApplicationName);
        json.WriteString("worker"u8, letter.Shard.WorkerId);
        json.WriteString("shardId"u8, letter.Shard.ShardId);
        json.WriteString("sequenceNumber"u8, record.SequenceNumber.ToString());
        json.WriteNumber("subSequenceNumber"u8, record.SubSequenceNumber);
        json.WriteBoolean("isAggregated"u8, record.IsAggregated);
        json.WriteString("approximateArrivalTimestamp"u8, record.ApproximateArrivalTimestamp);
        json.WriteString("partitionKey"u8, record.PartitionKey);
        if (record.ExplicitHashKey is { } hashKey)
            json.WriteString("explicitHashKey"u8, hashKey.ToString(CultureInfo.InvariantCulture));
        json.WriteString("action"u8, letter.Action.ToString());
        json.WriteString("reason"u8, letter.Reason.ToString());
        json.WriteNumber("attempts"u8, letter.Attempts);
        json.WriteString("failedAt"u8, letter.FailedAt);
        if (letter.Error is { } error)
        {
            json.WriteString("errorType"u8, error.GetType().FullName);
            json.WriteString("errorMessage"u8, Cut(error.Message));
            json.WriteString("error"u8, Cut(error.ToString()));
        }

        json.WriteNumber("dataBytes"u8, record.Data.Length);
        if (includesPayload)
            json.WriteBase64String("data"u8, record.Data.Span);
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    public static StoredDeadLetter Read(ReadOnlyMemory<byte> document, string source)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var root = json.RootElement;
            ReadOnlyMemory<byte>? data = root.TryGetProperty("data"u8, out var payload) ? payload.GetBytesFromBase64() : default(ReadOnlyMemory<byte>?);
            return new StoredDeadLetter
            {
                Stream = Text(root, "stream"),
                ApplicationName = Text(root, "application"),
                WorkerId = Text(root, "worker"),
                ShardId = Text(root, "shardId"),
                Position = new(SequenceNumber.Parse(Text(root, "sequenceNumber")), root.GetProperty("subSequenceNumber"u8).GetInt64()),
                IsAggregated = root.GetProperty("isAggregated"u8).GetBoolean(),
                ApproximateArrivalTimestamp = root.GetProperty("approximateArrivalTimestamp"u8).GetDateTimeOffset(),
                PartitionKey = Text(root, "partitionKey"),
                ExplicitHashKey = root.TryGetProperty("explicitHashKey"u8, out var key) ? UInt128.Parse(key.GetString()!, CultureInfo.InvariantCulture) : null,
                Action = Enum.Parse<FailureAction>(Text(root, "action")),
                Reason = Enum.Parse<DeadLetterReason>(Text(root, "reason")),
                Attempts = root.GetProperty("attempts"u8).GetInt32(),
                FailedAt = root.GetProperty("failedAt"u8).GetDateTimeOffset(),
                ErrorType = TextOrNull(root, "errorType"),
                ErrorMessage = TextOrNull(root, "errorMessage"),
                Error = TextOrNull(root, "error"),
                DataBytes = root.GetProperty("dataBytes"u8).GetInt32(),
                Data = data,
                Source = source,
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new FormatException($"This is not a dead letter{(source.Length > 0 ? $" ({source})" : "")}: {error.Message}", error);
        }
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"it has no text '{name}'.");

    private static string? TextOrNull(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Cut(string text) => text.Length <= MaxErrorLength ? text : string.Concat(text.AsSpan(0, MaxErrorLength), "…");
}
