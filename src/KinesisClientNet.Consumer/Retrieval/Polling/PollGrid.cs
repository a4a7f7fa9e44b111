namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// Places the polls of quiet shards on common instants, ten a second. A poll at a time of its own wakes threads for itself alone, and a thread of the
/// pool that has nothing more to do spins before it sleeps: with a hundred quiet shards that was half of what they cost (ADR 0052).
/// </summary>
internal static class PollGrid
{
    /// <summary>A tenth of the default <see cref="PollingOptions.IdleDelay"/>: few enough shards an instant that they do not crowd the connections.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>The wait that ends at the instant of the grid nearest to the wanted end; a wait that is short against a step stays as it is.</summary>
    /// <param name="now">Time of the clock that all shards share.</param>
    /// <param name="wait">The wait that is wanted.</param>
    public static TimeSpan Align(TimeSpan now, TimeSpan wait)
    {
        if (wait < 2 * Step)
            return wait;
        var end = (now + wait + (Step / 2)).Ticks / Step.Ticks * Step;
        // Timers count whole milliseconds and drop the rest: a wait that is cut off would end before the instant, alone.
        return TimeSpan.FromMilliseconds(Math.Ceiling((end - now).TotalMilliseconds));
    }
}
