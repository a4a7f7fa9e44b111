namespace KinesisClientNet.Consumer;

/// <summary>How the records of a shard are fetched.</summary>
public enum RetrievalMode
{
    /// <summary>GetRecords: five calls and 2 MB a second for each shard, shared by all applications. No extra charge.</summary>
    Polling = 0,

    /// <summary>SubscribeToShard: 2 MB a second for each shard and application, pushed. Charged by AWS for each shard-hour and GB.</summary>
    EnhancedFanOut,

    /// <summary>Enhanced fan-out, and polling for a shard while its subscription keeps failing.</summary>
    Auto,
}

/// <summary>How shards are read.</summary>
public sealed class RetrievalOptions
{
    private const long MiB = 1024 * 1024;

    /// <summary>Polling, enhanced fan-out, or both.</summary>
    /// <value>Default <see cref="RetrievalMode.Polling"/>.</value>
    public RetrievalMode Mode { get; set; } = RetrievalMode.Polling;

    /// <summary>
    /// How many bytes of fetched records the whole consumer may hold, those in the handlers' hands included; the held shards share it evenly.
    /// A shard that holds nothing may always fetch one page.
    /// </summary>
    /// <value>Default 67,108,864 (64 MiB). 1 MiB to 64 GiB.</value>
    public long PrefetchBytes { get; set; } = 64 * MiB;

    /// <summary>
    /// Whether an aggregated record with a key outside the shard's hash range is dropped as a whole, as KCL does, because KPL producers send such
    /// records again to the right shard. Other producers do not: their data would be lost. Kept or dropped, they are counted.
    /// </summary>
    /// <value>Default false: everything is delivered.</value>
    public bool DropsOutOfRangeAggregates { get; set; }

    /// <summary>Settings of polling.</summary>
    /// <value>Default: 10,000 records a page, up to 1 s between reads when there is nothing to catch up with.</value>
    public PollingOptions Polling { get; set; } = new();

    /// <summary>Settings of enhanced fan-out.</summary>
    /// <value>Default: registered under the application's name; opened again after 35 s of silence.</value>
    public FanOutOptions FanOut { get; set; } = new();

    internal RetrievalOptions CopyChecked(OptionProblems problems)
    {
        problems.Check(Enum.IsDefined(Mode), "Retrieval.Mode", Mode, "Polling, EnhancedFanOut or Auto");
        problems.CheckRange("Retrieval.PrefetchBytes", PrefetchBytes, MiB, 65536 * MiB);
        var copy = (RetrievalOptions)MemberwiseClone();
        copy.Polling = Polling.CopyChecked(problems);
        copy.FanOut = FanOut.CopyChecked(problems);
        return copy;
    }
}
