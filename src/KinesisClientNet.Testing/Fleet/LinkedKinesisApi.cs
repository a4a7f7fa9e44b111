using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>Kinesis as one worker reaches it.</summary>
internal sealed class LinkedKinesisApi(IKinesisApi kinesis, WorkerLink link, ReadWatch reads) : IKinesisApi
{
    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken), cancellationToken);

    public ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.PutRecordsAsync(request, cancellationToken), cancellationToken);

    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        link.CallAsync(
            async () =>
            {
                reads.Reading(request.ShardIterator);
                return reads.Came(request.ShardIterator, await kinesis.GetRecordsAsync(request, cancellationToken).ConfigureAwait(false));
            },
            cancellationToken);

    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        link.CallAsync(
            async () => reads.Began(shardId, await kinesis.GetShardIteratorAsync(stream, shardId, position, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.ListShardsAsync(request, cancellationToken), cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.DescribeStreamSummaryAsync(stream, cancellationToken), cancellationToken);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken), cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.DescribeStreamConsumerAsync(consumerArn, cancellationToken), cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken), cancellationToken);

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(
        string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        link.CallAsync(() => kinesis.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken), cancellationToken);

    public async ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        await link.CallAsync(
            async () =>
            {
                await kinesis.DeregisterStreamConsumerAsync(consumerArn, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    public async ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        new LinkedSubscription(
            await link.CallAsync(() => kinesis.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken), cancellationToken).ConfigureAwait(false),
            link);

    /// <summary>Events reach the worker through the link, too.</summary>
    private sealed class LinkedSubscription(IShardSubscription inner, WorkerLink link) : IShardSubscription
    {
        public async IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            await foreach (var shardEvent in inner.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await link.PassAsync(cancellationToken).ConfigureAwait(false);
                yield return shardEvent;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
