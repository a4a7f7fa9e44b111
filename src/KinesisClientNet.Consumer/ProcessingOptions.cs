using Polly;

namespace KinesisClientNet.Consumer;

/// <summary>How the handler is called.</summary>
public sealed class ProcessingOptions
{
    /// <summary>The most records of a batch. Pages and aggregates are cut to it.</summary>
    /// <value>Default 10,000. 1 to 1,000,000.</value>
    public int MaxBatchRecords { get; set; } = 10_000;

    /// <summary>
    /// How many batches of one shard are handled at once. Above 1 the shard's records go to key lanes: records with the same partition key stay in
    /// strict order, different keys run beside each other, and the checkpoint is the contiguous completed prefix. Can be changed while running.
    /// </summary>
    /// <value>Default 1: the shard's order. 1 to 10,000.</value>
    public int Concurrency { get; set; } = 1;

    /// <summary>Whether records may be handled in any order, also those of the same key: only with <see cref="Concurrency"/> above 1.</summary>
    /// <value>Default false.</value>
    public bool IsUnordered { get; set; }

    /// <summary>With key lanes: how many records may be taken in beyond the first one that is not done. Bounds memory and the repeats after a crash.</summary>
    /// <value>Default 20,000. 1 to 10,000,000.</value>
    public int MaxRunAheadRecords { get; set; } = 20_000;

    /// <summary>How many handler calls of all shards together run at once. Can be changed while running.</summary>
    /// <value>Default null: no limit beyond <see cref="Concurrency"/> for each shard. 1 to 100,000.</value>
    public int? MaxConcurrentHandlers { get; set; }

    /// <summary>The most records a second given to handlers by the whole consumer; retries do not count. Can be changed while running.</summary>
    /// <value>Default null: no limit. 0.01 to 1,000,000,000.</value>
    public double? MaxRecordsPerSecond { get; set; }

    /// <summary>Wraps every call of the handler: timeouts, circuit breakers, retries of your own. What leaves it counts as the handler's failure.</summary>
    /// <value>Default null.</value>
    public ResiliencePipeline? HandlerPipeline { get; set; }

    /// <summary>After this time a running handler is reported as slow: a warning, and the shard counts as degraded. It is not cancelled.</summary>
    /// <value>Default 1 min. 100 ms to 1 day.</value>
    public TimeSpan HandlerWarningAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>After this time the handler's token is cancelled, which counts as a failure of the batch.</summary>
    /// <value>Default null: never. 100 ms to 1 day.</value>
    public TimeSpan? HandlerTimeout { get; set; }

    internal ProcessingOptions CopyChecked(OptionProblems problems)
    {
        problems.CheckRange("Processing.MaxBatchRecords", MaxBatchRecords, 1, 1_000_000);
        problems.CheckRange("Processing.Concurrency", Concurrency, 1, 10_000);
        problems.Check(!IsUnordered || Concurrency > 1, "Processing.IsUnordered", IsUnordered, "false, or Processing.Concurrency above 1");
        problems.CheckRange("Processing.MaxRunAheadRecords", MaxRunAheadRecords, 1, 10_000_000);
        problems.CheckRange("Processing.MaxConcurrentHandlers", MaxConcurrentHandlers, 1, 100_000);
        problems.CheckRange("Processing.MaxRecordsPerSecond", MaxRecordsPerSecond, 0.01, 1e9);
        problems.CheckRange("Processing.HandlerWarningAfter", HandlerWarningAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        problems.CheckRange("Processing.HandlerTimeout", HandlerTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        return (ProcessingOptions)MemberwiseClone();
    }
}
