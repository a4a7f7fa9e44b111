using System.Text.Json;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Reads the answers of the control plane and of GetShardIterator.</summary>
internal static class JsonAnswers
{
    public static string ReadShardIterator(ReadOnlySpan<byte> body)
    {
        var reader = JsonFields.ReaderOf(body);
        string? iterator = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("ShardIterator"u8))
                iterator = JsonFields.ReadString(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return JsonFields.Require(iterator, "ShardIterator");
    }

    public static ListShardsPage ReadShardsPage(ReadOnlySpan<byte> body)
    {
        var reader = JsonFields.ReaderOf(body);
        List<Shard> shards = [];
        string? token = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("Shards"u8))
                shards = JsonShapes.ReadShards(ref reader);
            else if (reader.ValueTextEquals("NextToken"u8))
                token = JsonFields.ReadString(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return new(shards, string.IsNullOrEmpty(token) ? null : token);
    }

    public static StreamConsumersPage ReadConsumersPage(ReadOnlySpan<byte> body)
    {
        var reader = JsonFields.ReaderOf(body);
        List<StreamConsumer> consumers = [];
        string? token = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("Consumers"u8))
                consumers = JsonShapes.ReadConsumers(ref reader);
            else if (reader.ValueTextEquals("NextToken"u8))
                token = JsonFields.ReadString(ref reader);
            else
                JsonFields.SkipValue(ref reader);
        }

        return new(consumers, string.IsNullOrEmpty(token) ? null : token);
    }

    /// <summary>The one consumer of RegisterStreamConsumer (<c>Consumer</c>) or DescribeStreamConsumer (<c>ConsumerDescription</c>).</summary>
    public static StreamConsumer ReadConsumer(ReadOnlySpan<byte> body)
    {
        var reader = JsonFields.ReaderOf(body);
        StreamConsumer? consumer = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("Consumer"u8) && !reader.ValueTextEquals("ConsumerDescription"u8))
                JsonFields.SkipValue(ref reader);
            else if (JsonFields.StartValue(ref reader, JsonTokenType.StartObject))
                consumer = JsonShapes.ReadConsumer(ref reader);
        }

        return JsonFields.Require(consumer, "consumer");
    }

    /// <summary>DescribeStream (<c>StreamDescription</c>) and DescribeStreamSummary (<c>StreamDescriptionSummary</c>).</summary>
    public static StreamDescription ReadStream(ReadOnlySpan<byte> body)
    {
        var reader = JsonFields.ReaderOf(body);
        StreamDescription? description = null;
        JsonFields.StartDocument(ref reader);
        while (JsonFields.NextProperty(ref reader))
        {
            if (!reader.ValueTextEquals("StreamDescription"u8) && !reader.ValueTextEquals("StreamDescriptionSummary"u8))
                JsonFields.SkipValue(ref reader);
            else if (JsonFields.StartValue(ref reader, JsonTokenType.StartObject))
                description = JsonStream.Read(ref reader);
        }

        return JsonFields.Require(description, "stream description");
    }
}
