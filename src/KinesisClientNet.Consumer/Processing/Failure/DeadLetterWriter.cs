using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>Gives records to the dead-letter sink: until it has them, or once when they may be skipped. Thread-safe.</summary>
internal sealed class DeadLetterWriter(IDeadLetterSink sink, ShardContext shard, ShardActivity activity, Backoff backoff, ShardServices services)
{
    /// <summary>Gives a record away.</summary>
    /// <param name="record">The record.</param>
    /// <param name="action">Dead letter or skip.</param>
    /// <param name="attempts">How often it was delivered.</param>
    /// <param name="error">Why it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WriteAsync(ConsumedRecord record, FailureAction action, int attempts, Exception? error, CancellationToken cancellationToken)
    {
        var letter = new DeadLetter(shard, record, action, attempts, error, services.Time.GetUtcNow());
        for (var failures = 0; ; failures++)
        {
            try
            {
                await sink.WriteAsync(letter, cancellationToken).ConfigureAwait(false);
                if (failures > 0)
                    activity.Clear(ShardFacet.Failure);
                ConsumerLog.RecordGivenUp(services.Logger, shard.ShardId, record.Position.ToString(), action, attempts, error);
                services.Meter.RecordGivenUp(action);
                return;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // The sink is user code: its failure keeps the record here, or is the record's loss that Skip has asked for.
                ConsumerLog.DeadLetterFailed(services.Logger, shard.ShardId, record.Position.ToString(), action, failure);
                if (action == FailureAction.Skip)
                {
                    services.Meter.RecordGivenUp(action);
                    return;
                }

                activity.Set(ShardFacet.Failure, ShardReason.RetryingDeadLetter, $"record {record.Position}, attempt {failures + 1}", failure);
                await Task.Delay(backoff.Next(failures), services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
