namespace KinesisClientNet.Core.Service;

/// <summary>
/// The Kinesis operations that change streams: for tools, tests and samples; neither the producer nor the consumer calls them. Nearly all
/// are asynchronous in the service: they return at once while the stream passes through CREATING, UPDATING or DELETING. Thread-safe.
/// Fails as <see cref="IKinesisApi"/> does.
/// </summary>
public interface IKinesisAdmin
{
    /// <summary>Creates a stream.</summary>
    /// <param name="streamName">1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</param>
    /// <param name="shardCount">Open shards of a provisioned stream; null creates an on-demand stream (4 shards).</param>
    /// <param name="maxRecordSizeInKiB">1,024 to 10,240; null for the service's default, 1,024.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask CreateStreamAsync(string streamName, int? shardCount, int? maxRecordSizeInKiB = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="enforceConsumerDeletion">True deletes it even when consumers are registered.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask DeleteStreamAsync(StreamReference stream, bool enforceConsumerDeletion = false, CancellationToken cancellationToken = default);

    /// <summary>Describes a stream with a page of its shards.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="exclusiveStartShardId">List after this shard, or null from the first.</param>
    /// <param name="limit">1 to 10,000 (the service returns 100 at most); null for its default.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The description.</returns>
    ValueTask<StreamDescription> DescribeStreamAsync(
        StreamReference stream, string? exclusiveStartShardId = null, int? limit = null, CancellationToken cancellationToken = default);

    /// <summary>Splits a shard in two.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shardToSplit">An open shard.</param>
    /// <param name="newStartingHashKey">First hash key of the upper child, inside the shard's range.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask SplitShardAsync(StreamReference stream, string shardToSplit, UInt128 newStartingHashKey, CancellationToken cancellationToken = default);

    /// <summary>Merges two adjacent shards.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="shardToMerge">The lower shard.</param>
    /// <param name="adjacentShardToMerge">The upper shard.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask MergeShardsAsync(StreamReference stream, string shardToMerge, string adjacentShardToMerge, CancellationToken cancellationToken = default);

    /// <summary>Scales a stream uniformly, to between half and twice its open shards.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="targetShardCount">The wanted number of open shards.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask UpdateShardCountAsync(StreamReference stream, int targetShardCount, CancellationToken cancellationToken = default);

    /// <summary>Switches a stream between provisioned and on-demand, at most twice in 24 hours.</summary>
    /// <param name="streamArn">The stream's ARN.</param>
    /// <param name="streamMode"><c>PROVISIONED</c> or <c>ON_DEMAND</c>.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask UpdateStreamModeAsync(string streamArn, string streamMode, CancellationToken cancellationToken = default);

    /// <summary>Keeps records longer.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="retentionPeriodHours">24 to 8,760 hours, not below the present value.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask IncreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default);

    /// <summary>Keeps records for a shorter time; older ones become unreadable at once.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="retentionPeriodHours">24 to 8,760 hours, not above the present value.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>A task that ends when the service has taken the call.</returns>
    ValueTask DecreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default);
}
