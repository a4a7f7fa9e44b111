using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Tests.Shared;

/// <summary>
/// Passes every call on; a double overrides what it looks at or changes. Without a service behind it every call that is not overridden is one that the
/// test did not expect.
/// </summary>
public abstract class ForwardingKinesis(IKinesisApi? inner = null) : IKinesisApi
{
    private IKinesisApi Next => inner ?? throw new NotSupportedException($"{GetType().Name} does not answer this call.");

    public virtual ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default) =>
        Next.PutRecordsAsync(request, cancellationToken);

    public virtual ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        Next.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken);

    public virtual ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        Next.GetRecordsAsync(request, cancellationToken);

    public virtual ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        Next.GetShardIteratorAsync(stream, shardId, position, cancellationToken);

    public virtual ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        Next.ListShardsAsync(request, cancellationToken);

    public virtual ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        Next.DescribeStreamSummaryAsync(stream, cancellationToken);

    public virtual ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        Next.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public virtual ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        Next.DescribeStreamConsumerAsync(consumerArn, cancellationToken);

    public virtual ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        Next.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public virtual ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        Next.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken);

    public virtual ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        Next.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);

    public virtual ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        Next.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);
}
