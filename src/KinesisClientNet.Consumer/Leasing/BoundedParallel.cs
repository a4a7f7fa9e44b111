namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Asynchronous work side by side, at most so many at once. Unlike <see cref="Parallel"/> it starts nothing on other threads: work that completes
/// synchronously (an in-memory store under a fake clock) stays on the caller's thread, which makes fleet simulations repeatable.
/// </summary>
internal static class BoundedParallel
{
    /// <summary>Runs the work for every item. After a failure nothing new starts; what runs is awaited, then the first failure is thrown.</summary>
    /// <param name="items">The items.</param>
    /// <param name="most">The most that run at once.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">No new item starts after it is cancelled; the work gets it too.</param>
    /// <returns>A task that ends when all work has.</returns>
    public static async Task ForEachAsync<T>(
        IEnumerable<T> items, int most, Func<T, CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        var running = new List<Task>(most);
        try
        {
            foreach (var item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var task = work(item, cancellationToken);
                if (task.IsCompletedSuccessfully)
                    continue;
                running.Add(task.AsTask());
                if (running.Count < most)
                    continue;
                var done = await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(done);
                await done.ConfigureAwait(false);
            }
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }
}
