using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Simulation;

/// <summary>Kinesis as a broken producer sees it.</summary>
internal sealed class FlippedProducerApi(IKinesisApi inner) : IKinesisApi
{
    /// <summary>Entries that failed are taken for stored: the answer has status 200, after all.</summary>
    public bool DropsFailedEntries { get; init; }

    /// <summary>The shard map has one shard for all keys, so that aggregates hold keys of any shard.</summary>
    public bool HidesRanges { get; init; }

    public async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var response = await inner.PutRecordsAsync(request, cancellationToken);
        if (!DropsFailedEntries || response.FailedRecordCount == 0)
            return response;
        return response with
        {
            FailedRecordCount = 0,
            Records = [.. response.Records.Select(static entry => entry.Succeeded ? entry : new("shardId-000000000000", SequenceNumber.Parse("1")))],
        };
    }

    public async ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        var page = await inner.ListShardsAsync(request, cancellationToken);
        return HidesRanges && page.Shards.Count > 0
            ? new([page.Shards[0] with { HashKeyRange = new(UInt128.MinValue, UInt128.MaxValue) }], null)
            : page;
    }

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        inner.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken);

    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        inner.GetRecordsAsync(request, cancellationToken);

    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        inner.GetShardIteratorAsync(stream, shardId, position, cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamSummaryAsync(stream, cancellationToken);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(
        string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        inner.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken);

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        inner.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        inner.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);
}
