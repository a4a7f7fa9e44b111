namespace KinesisClientNet.Simulation;

/// <summary>
/// Runs everything on one pool thread, in one order: the process has one processor and one worker thread, so that a run is repeated exactly. Quiet
/// means that the work item that asks is the only one: nothing runs beside it and nothing waits.
/// </summary>
internal static class SingleThread
{
    public const string ProcessorCount = "DOTNET_PROCESSOR_COUNT";

    /// <summary>False when the process must be started again with one processor.</summary>
    public static bool TrySetUp() =>
        Environment.ProcessorCount == 1 && ThreadPool.SetMinThreads(1, 1) && ThreadPool.SetMaxThreads(1, 1);

    public static async Task QuietAsync()
    {
        do
            await BehindEverything();
        while (ThreadPool.PendingWorkItemCount > 0);
    }

    /// <summary>Goes on when the thread has nothing else to do: local items come before the global queue, which is first in, first out.</summary>
    private static Task BehindEverything()
    {
        var reached = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static state => ((TaskCompletionSource)state!).SetResult(), reached);
        return reached.Task;
    }
}
