using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>Calls with a deadline that holds even when the client does not honour its token (demand story S1).</summary>
internal static class DeadlineCall
{
    /// <summary>Waits for a call at most for the given time.</summary>
    /// <param name="call">The call.</param>
    /// <param name="dropLate">What happens to a result that nobody waits for any more.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="what">For the message: what is called and the setting that limits it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<T> RunAsync<T>(
        Func<CancellationToken, ValueTask<T>> call, Func<T, ValueTask>? dropLate, TimeSpan timeout, TimeProvider time, (string What, string Setting) what,
        CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = call(deadline.Token);
        if (running.IsCompletedSuccessfully)
            return running.Result;
        var task = running.AsTask();
        try
        {
            return await task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            await deadline.CancelAsync().ConfigureAwait(false);
            _ = DropLateAsync(task, dropLate);
            if (error is not TimeoutException || cancellationToken.IsCancellationRequested)
                throw;
            throw new KinesisApiException(
                KinesisErrorKind.Connection, "CallTimeout", $"{what.What} got no answer within {timeout} ({what.Setting}). It is tried again.", innerException: error);
        }
    }

    private static async Task DropLateAsync<T>(Task<T> task, Func<T, ValueTask>? drop)
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully && drop is not null)
            await drop(task.Result).ConfigureAwait(false);
    }
}
