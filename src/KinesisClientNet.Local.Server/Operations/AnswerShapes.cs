using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Server.Wire;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>Writes the structures that several answers hold (kinesis-service reference §3.2).</summary>
internal static class AnswerShapes
{
    /// <summary>The digits of the longest number that is packed in 192 bits, and room for the rare longer ones.</summary>
    private const int LongestNumber = 160;

    public static void Sequence(this BodyWriter answer, ReadOnlySpan<byte> name, SequenceNumber number)
    {
        Span<byte> digits = stackalloc byte[LongestNumber];
        number.TryFormat(digits, out var length, default, null);
        answer.Ascii(name, digits[..length]);
    }

    public static void Record(this BodyWriter answer, in KinesisRecord record)
    {
        answer.StartMap();
        answer.Sequence("SequenceNumber"u8, record.SequenceNumber);
        answer.Time("ApproximateArrivalTimestamp"u8, record.ApproximateArrivalTimestamp);
        answer.Blob("Data"u8, record.Data.Span);
        answer.OptionalText("PartitionKey"u8, record.PartitionKey);
        answer.OptionalText("EncryptionType"u8, record.EncryptionType);
        answer.EndMap();
    }

    public static void Records(this BodyWriter answer, IReadOnlyList<KinesisRecord> records)
    {
        answer.StartList("Records"u8);
        for (var i = 0; i < records.Count; i++)
            answer.Record(records[i]);
        answer.EndList();
    }

    /// <summary>Written only at the end of a closed shard.</summary>
    public static void ChildShards(this BodyWriter answer, IReadOnlyList<ChildShard> children)
    {
        if (children.Count == 0)
            return;
        answer.StartList("ChildShards"u8);
        foreach (var child in children)
        {
            answer.StartMap();
            answer.Text("ShardId"u8, child.ShardId);
            answer.Items("ParentShards"u8, child.ParentShards);
            answer.HashKeyRange(child.HashKeyRange);
            answer.EndMap();
        }

        answer.EndList();
    }

    public static void Shards(this BodyWriter answer, IReadOnlyList<Shard> shards)
    {
        answer.StartList("Shards"u8);
        foreach (var shard in shards)
        {
            answer.StartMap();
            answer.Text("ShardId"u8, shard.ShardId);
            answer.OptionalText("ParentShardId"u8, shard.ParentShardId);
            answer.OptionalText("AdjacentParentShardId"u8, shard.AdjacentParentShardId);
            answer.HashKeyRange(shard.HashKeyRange);
            answer.StartMap("SequenceNumberRange"u8);
            answer.Sequence("StartingSequenceNumber"u8, shard.StartingSequenceNumber);
            if (shard.EndingSequenceNumber is { } end)
                answer.Sequence("EndingSequenceNumber"u8, end);
            answer.EndMap();
            answer.EndMap();
        }

        answer.EndList();
    }

    /// <summary>The members that DescribeStream and DescribeStreamSummary share.</summary>
    public static void StreamState(this BodyWriter answer, StreamSummary stream)
    {
        answer.Text("StreamName"u8, stream.StreamName);
        answer.Text("StreamARN"u8, stream.StreamArn);
        answer.Text("StreamStatus"u8, stream.StreamStatus);
        if (stream.StreamMode is { } mode)
        {
            answer.StartMap("StreamModeDetails"u8);
            answer.Text("StreamMode"u8, mode);
            answer.EndMap();
        }

        answer.Number("RetentionPeriodHours"u8, stream.RetentionPeriodHours);
        answer.Time("StreamCreationTimestamp"u8, stream.StreamCreationTimestamp);
        answer.OptionalText("EncryptionType"u8, stream.EncryptionType);
    }

    public static void EnhancedMonitoring(this BodyWriter answer, IReadOnlyList<string> metrics)
    {
        answer.StartList("EnhancedMonitoring"u8);
        answer.StartMap();
        answer.Items("ShardLevelMetrics"u8, metrics);
        answer.EndMap();
        answer.EndList();
    }

    public static void Items(this BodyWriter answer, ReadOnlySpan<byte> name, IReadOnlyList<string> items)
    {
        answer.StartList(name);
        foreach (var item in items)
            answer.Item(item);
        answer.EndList();
    }

    /// <summary>What the stream keeps ready; left out when nothing was asked for.</summary>
    public static void WarmThroughput(this BodyWriter answer, StreamSettings settings)
    {
        if (settings.WarmThroughputMiBps is not { } throughput)
            return;
        answer.StartMap("WarmThroughput"u8);
        answer.Number("TargetMiBps"u8, throughput);
        answer.Number("CurrentMiBps"u8, throughput);
        answer.EndMap();
    }

    public static void Consumer(this BodyWriter answer, StreamConsumer consumer, bool withStream)
    {
        answer.Text("ConsumerName"u8, consumer.ConsumerName);
        answer.Text("ConsumerARN"u8, consumer.ConsumerArn);
        answer.Text("ConsumerStatus"u8, consumer.ConsumerStatus);
        answer.Time("ConsumerCreationTimestamp"u8, consumer.ConsumerCreationTimestamp);
        if (withStream)
            answer.OptionalText("StreamARN"u8, consumer.StreamArn);
    }

    private static void HashKeyRange(this BodyWriter answer, HashKeyRange range)
    {
        Span<byte> digits = stackalloc byte[40];
        answer.StartMap("HashKeyRange"u8);
        range.Start.TryFormat(digits, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
        answer.Ascii("StartingHashKey"u8, digits[..length]);
        range.End.TryFormat(digits, out length, default, System.Globalization.CultureInfo.InvariantCulture);
        answer.Ascii("EndingHashKey"u8, digits[..length]);
        answer.EndMap();
    }
}
