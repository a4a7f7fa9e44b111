namespace KinesisClientNet.Tests.Shared;

/// <summary>
/// Tells whether the thread pool has come to rest. The pool counts a thread as working from the moment it is asked for until it has found the queue
/// empty, so an item that was taken from the queue but has not run yet, on a machine whose cores are busy elsewhere, is not mistaken for rest.
/// </summary>
internal static class ThreadPoolRest
{
    /// <summary>Nothing waits and nobody works but the thread that asks.</summary>
    internal static bool IsResting => ThreadPool.PendingWorkItemCount == 0 && BusyThreads <= (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);

    /// <summary>Pool threads that work now.</summary>
    internal static int BusyThreads
    {
        get
        {
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.GetAvailableThreads(out var available, out _);
            return most - available;
        }
    }
}
