using System.Globalization;
using System.Text;

namespace KinesisClientNet.Local.Tests.Persistence;

/// <summary>Everything that a service holds, as text: two services with the same text are the same to their callers.</summary>
internal static class Dump
{
    public static string Of(LocalKinesis kinesis)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{kinesis.Streams.Commitment.State}\n");
        foreach (var stream in kinesis.Streams.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{stream.Birth} {stream.Summarize()} {string.Join(',', stream.Settings.ShardLevelMetrics)} {stream.Settings with { ShardLevelMetrics = [] }}\n");
            text.Append(CultureInfo.InvariantCulture, $"{string.Join(',', stream.Tags.List())} {stream.Policy.Store()}\n");
            foreach (var consumer in stream.Consumers.List(0))
                text.Append(CultureInfo.InvariantCulture, $"{consumer.Describe(withStream: true)} {string.Join(',', consumer.Tags.List())} {consumer.Policy.Store()}\n");
            foreach (var shard in stream.ListShards())
            {
                var state = stream.FindShard(shard.ShardId, stream.Clock.GetUtcNow());
                text.Append(CultureInfo.InvariantCulture, $"{shard} {state.ClosedAt:O} {string.Join(',', state.Children.Select(static child => $"{child.ShardId} {string.Join('+', child.ParentShards)} {child.HashKeyRange}"))}\n");
                foreach (var record in stream.Records(shard.ShardId))
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $"  {record.SequenceNumber} {record.ApproximateArrivalTimestamp:O} {record.PartitionKey} {record.EncryptionType} {Convert.ToHexString(record.Data.Span)}\n");
                }
            }
        }

        return text.ToString();
    }
}
