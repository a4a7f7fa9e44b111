using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.LoadRig;

/// <summary>Passes every call on; what measures overrides what it looks at.</summary>
internal abstract class ForwardingApi(IKinesisApi inner) : IKinesisApi
{
    public virtual ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default) =>
        inner.PutRecordsAsync(request, cancellationToken);

    public virtual ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        inner.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        inner.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken);

    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        inner.GetRecordsAsync(request, cancellationToken);

    public ValueTask<string> GetShardIteratorAsync(StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        inner.GetShardIteratorAsync(stream, shardId, position, cancellationToken);

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        inner.ListShardsAsync(request, cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamSummaryAsync(stream, cancellationToken);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        inner.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken);

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        inner.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);
}
