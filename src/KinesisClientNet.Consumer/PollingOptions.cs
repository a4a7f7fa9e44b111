namespace KinesisClientNet.Consumer;

/// <summary>How a shard is polled with GetRecords.</summary>
public sealed class PollingOptions
{
    /// <summary>The most records of a page. Pages are smaller where the byte budget asks for it.</summary>
    /// <value>Default 10,000, the service's largest. 1 to 10,000.</value>
    public int MaxRecords { get; set; } = 10_000;

    /// <summary>
    /// How long to wait between reads of a shard that is caught up and quiet; half of it while records keep coming; not at all (only the
    /// service's five reads a second) while behind. From 200 ms on rounded to tenths of a second of the process, so that quiet shards are read together.
    /// </summary>
    /// <value>Default 1 s. 0 to 1 min.</value>
    public TimeSpan IdleDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The most reads a second of one shard by all consumers of this process. The service allows 5 for all applications together.</summary>
    /// <value>Default 5. 0.01 to 10,000; more than 5 is for emulators.</value>
    public double MaxReadsPerSecond { get; set; } = 5;

    /// <summary>The most bytes a second of one shard by all consumers of this process. The service allows 2 MiB for all applications together.</summary>
    /// <value>Default 2,097,152 (2 MiB). 1,024 to 1,099,511,627,776; more than 2 MiB is for emulators.</value>
    public long MaxBytesPerSecond { get; set; } = 2 * 1024 * 1024;

    /// <summary>How long one GetRecords call may take before it is given up and made again.</summary>
    /// <value>Default 30 s. 10 ms to 10 min.</value>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal PollingOptions CopyChecked(OptionProblems problems)
    {
        problems.CheckRange("Retrieval.Polling.MaxRecords", MaxRecords, 1, 10_000);
        problems.CheckRange("Retrieval.Polling.IdleDelay", IdleDelay, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        problems.CheckRange("Retrieval.Polling.MaxReadsPerSecond", MaxReadsPerSecond, 0.01, 10_000);
        problems.CheckRange("Retrieval.Polling.MaxBytesPerSecond", MaxBytesPerSecond, 1024, 1L << 40);
        problems.CheckRange("Retrieval.Polling.CallTimeout", CallTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10));
        return (PollingOptions)MemberwiseClone();
    }
}
