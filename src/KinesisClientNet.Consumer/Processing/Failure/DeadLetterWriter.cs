using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>Gives records to the dead-letter sink: until it has them, or once when they may be skipped. Thread-safe.</summary>
internal sealed class DeadLetterWriter(IDeadLetterSink sink, FailureReport report, ShardActivity activity, Backoff backoff, ShardServices services)
{
    private int _writing;

    /// <summary>Gives a record away.</summary>
    /// <param name="letter">The record and why it failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writing);
        try
        {
            for (var failures = 0; !await TryWriteAsync(letter, failures, cancellationToken).ConfigureAwait(false); failures++)
                await Task.Delay(backoff.Next(failures), services.Time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (Interlocked.Decrement(ref _writing) == 0)
                activity.Clear(ShardFacet.DeadLetter);
        }
    }

    private async ValueTask<bool> TryWriteAsync(DeadLetter letter, int failures, CancellationToken cancellationToken)
    {
        var position = letter.Record.Position.ToString();
        try
        {
            // A sink that hangs would otherwise hold the shard without a reason; after a failure that failure says more.
            if (failures == 0)
                activity.Set(ShardFacet.DeadLetter, ShardReason.WritingDeadLetter, $"record {position}", isRoutine: true);
            await sink.WriteAsync(letter, cancellationToken).ConfigureAwait(false);
            report.GivenUp(position, letter.Action, letter.Reason, letter.Attempts, letter.Error);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // The sink is user code: its failure keeps the record here, or is the record's loss that Skip has asked for.
            report.SinkFailed(position, letter.Action, failure);
            if (letter.Action != FailureAction.Skip)
            {
                activity.Set(ShardFacet.DeadLetter, ShardReason.RetryingDeadLetter, $"record {position}, attempt {failures + 1}", failure);
                return false;
            }
        }

        services.Meter.RecordGivenUp(letter.Action);
        return true;
    }
}
