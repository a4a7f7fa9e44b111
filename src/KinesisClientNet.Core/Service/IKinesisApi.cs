using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// The Kinesis operations that the producer and the consumer use: the seam between them and the wire. Implemented by the HTTP client and
/// by the in-process local service; users may decorate or replace it. All members are thread-safe. A call fails with
/// <see cref="KinesisApiException"/> for anything that the service or the network did, and with
/// <see cref="OperationCanceledException"/> only for the caller's own token.
/// </summary>
public interface IKinesisApi
{
    /// <summary>Puts one record.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="record">The record.</param>
    /// <param name="sequenceNumberForOrdering">The new number will be greater than this one; null for none.</param>
    /// <param name="cancellationToken">Ends the wait at once; the record may still have been stored.</param>
    /// <returns>Shard and sequence number.</returns>
    ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default);

    /// <summary>Puts up to 500 records. A partial failure is an answer, not an exception. Never retried below this call except when the connection could not be made.</summary>
    /// <param name="request">The records.</param>
    /// <param name="cancellationToken">Ends the wait at once; records may still have been stored.</param>
    /// <returns>One result per record, in request order.</returns>
    ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of a shard. The caller disposes it.</summary>
    /// <param name="request">Iterator and limit.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The page.</returns>
    ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Makes an iterator, valid for five minutes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="position">Where to start.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The iterator.</returns>
    ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default);

    /// <summary>Lists a page of shards. <c>ShardLister</c> follows the pages.</summary>
    /// <param name="request">Stream, filter and token.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The page.</returns>
    ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Describes a stream without its shards.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>State and settings.</returns>
    ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default);

    /// <summary>Registers an enhanced fan-out consumer; it is CREATING at first.</summary>
    /// <param name="streamArn">The stream's ARN.</param>
    /// <param name="consumerName">1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The consumer.</returns>
    ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default);

    /// <summary>Describes a consumer by its ARN.</summary>
    /// <param name="consumerArn">The consumer's ARN.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The consumer.</returns>
    ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default);

    /// <summary>Describes a consumer by its stream and name.</summary>
    /// <param name="streamArn">The stream's ARN.</param>
    /// <param name="consumerName">The consumer's name.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The consumer.</returns>
    ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default);

    /// <summary>Lists a page of a stream's consumers.</summary>
    /// <param name="streamArn">The stream's ARN.</param>
    /// <param name="nextToken">The token of the last page, or null for the first.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The page.</returns>
    ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a consumer.</summary>
    /// <param name="consumerArn">The consumer's ARN.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default);

    /// <summary>Opens an enhanced fan-out subscription. One per consumer and shard; a second call within five seconds is refused, a later one takes over.</summary>
    /// <param name="consumerArn">The consumer's ARN.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="position">Where to start.</param>
    /// <param name="cancellationToken">Ends the opening; the subscription itself ends by disposal or by the enumerator's token.</param>
    /// <returns>The subscription; the caller disposes it.</returns>
    ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default);
}
