using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// Calls the handler for one batch: within the process's limits, under the user's pipeline and time limit, watched. Thread-safe: key lanes call it
/// from several tasks.
/// </summary>
internal sealed class HandlerInvoker(
    IShardProcessor processor, HeldLease lease, ProcessingOptions options, IntakeLimits limits, ShardActivity activity, ConsumerMeter meter, TimeProvider time)
{
    private int _waiting;

    /// <summary>Calls the handler.</summary>
    /// <param name="batch">The batch; closed afterwards.</param>
    /// <param name="work">Cancelled when running work must end.</param>
    /// <returns>Null when the handler returned; else what it threw.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled and the handler ended with that.</exception>
    public async ValueTask<Exception?> InvokeAsync(RecordBatch batch, CancellationToken work)
    {
        using var slot = limits.TryEnter(out var free) ? free : await WaitForSlotAsync(work).ConfigureAwait(false);
        work.ThrowIfCancellationRequested();
        if (!lease.IsHeld)
            await WaitForLossAsync(work).ConfigureAwait(false);
        if (batch.Attempt == 1)
            lease.CountBytes(batch.DataBytes);
        var call = activity.HandlerStarted();
        var measured = meter.HandlerStarted(batch);
        Exception? failure = null;
        try
        {
            if (options.HandlerTimeout is { } timeout)
                await CallWithinAsync(timeout, batch, work).ConfigureAwait(false);
            else
                await CallAsync(batch, work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            // Whatever user code throws is a fact for the failure policy, which logs it and never loses it.
            failure = error;
        }
        finally
        {
            batch.Close();
            activity.HandlerEnded(call);
            meter.HandlerEnded(measured, failure);
        }

        return failure;
    }

    private async ValueTask<IntakeLimits.Slot> WaitForSlotAsync(CancellationToken work)
    {
        Interlocked.Increment(ref _waiting);
        activity.Set(ShardFacet.Slot, ShardReason.HandlerLimitReached, "Processing.MaxConcurrentHandlers", isRoutine: true);
        try
        {
            return await limits.EnterAsync(work).ConfigureAwait(false);
        }
        finally
        {
            if (Interlocked.Decrement(ref _waiting) == 0)
                activity.Clear(ShardFacet.Slot);
        }
    }

    /// <summary>After a long pause of the process another worker may have the shard before our timer fires: the clock decides, and the loss cancels the work.</summary>
    private async Task WaitForLossAsync(CancellationToken work)
    {
        lease.CheckExpiry();
        await Task.Delay(Timeout.InfiniteTimeSpan, time, work).ConfigureAwait(false);
    }

    private ValueTask CallAsync(RecordBatch batch, CancellationToken work) => options.HandlerPipeline is { } pipeline
        ? pipeline.ExecuteAsync(static (state, token) => state.processor.ProcessAsync(state.batch, token), (processor, batch), work)
        : processor.ProcessAsync(batch, work);

    private async ValueTask CallWithinAsync(TimeSpan timeout, RecordBatch batch, CancellationToken work)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(work, deadline.Token);
        try
        {
            await CallAsync(batch, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (deadline.IsCancellationRequested && !work.IsCancellationRequested)
        {
            throw new TimeoutException($"The handler of {batch.Shard.ShardId} did not return within {timeout} (Processing.HandlerTimeout).", error);
        }
    }
}
