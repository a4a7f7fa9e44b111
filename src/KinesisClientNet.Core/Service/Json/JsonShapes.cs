using System.Text.Json;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Reads the structures that several answers share. Each starts behind the opening brace or at the property's name, as its name says.</summary>
internal static class JsonShapes
{
    /// <summary>A shard, behind its opening brace.</summary>
    public static Shard ReadShard(ref Utf8JsonReader reader)
    {
        string? id = null, parent = null, adjacent = null;
        HashKeyRange? range = null;
        SequenceNumber? start = null, end = null;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("ShardId"u8))
                id = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("ParentShardId"u8))
                parent = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("AdjacentParentShardId"u8))
                adjacent = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("HashKeyRange"u8))
                range = ReadHashKeyRange(ref reader);
            else if (reader.ValueTextEquals("SequenceNumberRange"u8))
                (start, end) = ReadSequenceNumberRange(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return new()
        {
            ShardId = JsonFields.Require(id, "ShardId"),
            ParentShardId = parent,
            AdjacentParentShardId = adjacent,
            HashKeyRange = JsonFields.Require(range, "HashKeyRange"),
            StartingSequenceNumber = start ?? default,
            EndingSequenceNumber = end,
        };
    }

    /// <summary>An array of shards, at its property's name.</summary>
    public static List<Shard> ReadShards(ref Utf8JsonReader reader)
    {
        var shards = new List<Shard>();
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return shards;
        while (JsonFields.NextObject(ref reader))
            shards.Add(ReadShard(ref reader));
        return shards;
    }

    /// <summary>The children of a closed shard, at their property's name; empty for null.</summary>
    public static IReadOnlyList<ChildShard> ReadChildShards(ref Utf8JsonReader reader)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return [];
        var children = new List<ChildShard>();
        while (JsonFields.NextObject(ref reader))
        {
            string? id = null;
            HashKeyRange? range = null;
            IReadOnlyList<string> parents = [];
            while (JsonFields.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("ShardId"u8))
                    id = JsonFields.ReadString(ref reader);
                else if (reader.ValueTextEquals("ParentShards"u8))
                    parents = ReadStrings(ref reader);
                else if (reader.ValueTextEquals("HashKeyRange"u8))
                    range = ReadHashKeyRange(ref reader);
                else
                    JsonFields.SkipValue(ref reader);
            }

            children.Add(new(JsonFields.Require(id, "ShardId"), parents, JsonFields.Require(range, "HashKeyRange")));
        }

        return children;
    }

    /// <summary>An array of consumers, at its property's name.</summary>
    public static List<StreamConsumer> ReadConsumers(ref Utf8JsonReader reader)
    {
        var consumers = new List<StreamConsumer>();
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return consumers;
        while (JsonFields.NextObject(ref reader))
            consumers.Add(ReadConsumer(ref reader));
        return consumers;
    }

    /// <summary>A registered consumer, behind its opening brace.</summary>
    public static StreamConsumer ReadConsumer(ref Utf8JsonReader reader)
    {
        string? name = null, arn = null, status = null, streamArn = null;
        DateTimeOffset? created = null;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("ConsumerName"u8))
                name = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("ConsumerARN"u8))
                arn = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("ConsumerStatus"u8))
                status = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("ConsumerCreationTimestamp"u8))
                created = JsonFields.ReadTime(ref reader);
            else if (reader.ValueTextEquals("StreamARN"u8))
                streamArn = JsonFields.ReadString(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return new(
            JsonFields.Require(name, "ConsumerName"), JsonFields.Require(arn, "ConsumerARN"), JsonFields.Require(status, "ConsumerStatus"),
            JsonFields.Require(created, "ConsumerCreationTimestamp"), streamArn);
    }

    private static HashKeyRange? ReadHashKeyRange(ref Utf8JsonReader reader)
    {
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartObject))
            return null;
        UInt128? start = null, end = null;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("StartingHashKey"u8))
                start = JsonFields.ReadHashKey(ref reader);
            else if (reader.ValueTextEquals("EndingHashKey"u8))
                end = JsonFields.ReadHashKey(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        var range = new HashKeyRange(JsonFields.Require(start, "StartingHashKey"), JsonFields.Require(end, "EndingHashKey"));
        return range.Start <= range.End ? range : throw new FormatException($"The hash key range {range} ends before it starts.");
    }

    private static (SequenceNumber? Start, SequenceNumber? End) ReadSequenceNumberRange(ref Utf8JsonReader reader)
    {
        SequenceNumber? start = null, end = null;
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartObject))
            return default;
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("StartingSequenceNumber"u8))
                start = JsonFields.ReadSequenceNumber(ref reader);
            else if (reader.ValueTextEquals("EndingSequenceNumber"u8))
                end = JsonFields.ReadSequenceNumber(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return (start, end);
    }

    private static List<string> ReadStrings(ref Utf8JsonReader reader)
    {
        var strings = new List<string>();
        if (!JsonFields.StartValue(ref reader, JsonTokenType.StartArray))
            return strings;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            strings.Add(reader.GetString()!);
        return reader.TokenType == JsonTokenType.EndArray ? strings : throw new FormatException("A list of strings holds something else.");
    }
}
