namespace KinesisClientNet.Consumer.Processing;

/// <summary>Looks at every shard once a second: what changes by mere passing of time, such as a handler that runs for too long, is reported by nobody else.</summary>
internal sealed class ProgressWatch(ShardSupervisor supervisor, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var worker in supervisor.Workers)
                worker.Look();
        }
    }
}
