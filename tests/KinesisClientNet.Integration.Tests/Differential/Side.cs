using System.Globalization;
using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Differential;

/// <summary>One of the two sides of a comparison: a client, and the iterators that it was given. Every call's outcome is a text.</summary>
internal sealed class Side(IKinesisApi api, IKinesisAdmin admin)
{
    private readonly List<string> _iterators = [];

    public IKinesisApi Api { get; } = api;

    public IKinesisAdmin Admin { get; } = admin;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<string> OutcomeAsync(Func<Side, Task<string>> operation)
    {
        try
        {
            return await operation(this);
        }
        catch (KinesisApiException e)
        {
            return $"{e.Kind} {e.Code}";
        }
    }

    public async Task<string> MakeIteratorAsync(StreamReference stream, string shardId, StartingPosition position)
    {
        _iterators.Add(await Api.GetShardIteratorAsync(stream, shardId, position, Cancelled));
        return "an iterator";
    }

    /// <summary>Reads a page by the n-th iterator and keeps the next one in its place.</summary>
    public async Task<string> ReadAsync(StreamReference stream, int iterator, int? limit)
    {
        if (_iterators.Count == 0)
            return "no iterator";
        var index = iterator % _iterators.Count;
        using var page = await Api.GetRecordsAsync(new(stream, _iterators[index], limit), Cancelled);
        if (page.NextShardIterator is null)
            _iterators.RemoveAt(index);
        else
            _iterators[index] = page.NextShardIterator;
        return $"{Show(page.Records)} behind {page.MillisBehindLatest} open {page.NextShardIterator is not null} children {Show(page.ChildShards)}";
    }

    public async Task<string> SubscribeAsync(string consumerArn, string shardId, StartingPosition position)
    {
        await using var subscription = await Api.SubscribeToShardAsync(consumerArn, shardId, position, Cancelled);
        await foreach (var first in subscription.WithCancellation(Cancelled))
        {
            using (first)
                return $"{Show(first.Records)} continue {first.ContinuationSequenceNumber} behind {first.MillisBehindLatest} children {Show(first.ChildShards)}";
        }

        return "ended at once";
    }

    public static string Show(IEnumerable<Shard> shards) => string.Join(' ', shards.Select(shard =>
        $"[{shard.ShardId} {shard.HashKeyRange} parents {shard.ParentShardId},{shard.AdjacentParentShardId} from {shard.StartingSequenceNumber} to {shard.EndingSequenceNumber}]"));

    public static string Show(PutRecordsResultEntry put) => $"{put.ShardId} {put.SequenceNumber} {put.ErrorCode}";

    public static string Show(StreamSummary s) => string.Create(
        CultureInfo.InvariantCulture,
        $"{s.StreamName} {s.StreamArn} {s.StreamStatus} {s.StreamMode} {s.RetentionPeriodHours} {s.StreamCreationTimestamp:O} {s.OpenShardCount} {s.ConsumerCount} {s.MaxRecordSizeInKiB}");

    private static string Show(IEnumerable<KinesisRecord> records) => string.Join(' ', records.Select(record => string.Create(
        CultureInfo.InvariantCulture,
        $"({record.SequenceNumber} {record.ApproximateArrivalTimestamp:O} {record.PartitionKey} {Convert.ToHexString(record.Data.Span)})")));

    private static string Show(IEnumerable<ChildShard> children) => new StringBuilder()
        .AppendJoin(' ', children.Select(child => $"[{child.ShardId} {child.HashKeyRange} of {string.Join(',', child.ParentShards)}]")).ToString();
}
