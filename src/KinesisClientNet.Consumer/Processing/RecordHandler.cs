using KinesisClientNet.Consumer.Processing.Failure;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// Hands a batch over record by record. A record that throws fails alone; those that must not overtake it are left for later without an attempt, the
/// others go on.
/// </summary>
internal sealed class RecordHandler(Func<ConsumedRecord, ShardContext, CancellationToken, ValueTask> handle) : IShardProcessor
{
    /// <inheritdoc/>
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        HashSet<string>? failedKeys = null;
        var hasFailed = false;
        for (var i = 0; i < batch.Count; i++)
        {
            var record = batch[i];
            // At the end of the time what was handled counts, and the rest is left: throwing would give up both.
            if (stopping.IsCancellationRequested || (hasFailed && batch.Order == RecordOrder.Shard) || (failedKeys is not null && failedKeys.Contains(record.PartitionKey)))
            {
                batch.Defer(i);
                continue;
            }

            try
            {
                await handle(record, batch.Shard, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                batch.Defer(i);
            }
            catch (Exception error)
            {
                // The failure policy gets it with its record, as the serializer or the handler threw it.
                if (error is UnreadablePayloadException { InnerException: { } cause })
                    batch.FailUnreadable(i, cause);
                else
                    batch.Fail(i, error);
                hasFailed = true;
                if (batch.Order == RecordOrder.Key)
                    (failedKeys ??= new(StringComparer.Ordinal)).Add(record.PartitionKey);
            }
        }
    }
}
