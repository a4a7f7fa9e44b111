namespace KinesisClientNet.Consumer;

/// <summary>What makes a checkpoint.</summary>
public enum CheckpointMode
{
    /// <summary>A batch whose handler returned: written at once, or when <see cref="CheckpointOptions.MinInterval"/> has passed since the last write.</summary>
    AfterEachBatch = 0,

    /// <summary>Every <see cref="CheckpointOptions.Interval"/>, as far as batches are done.</summary>
    Interval,

    /// <summary>Only <see cref="RecordBatch.CheckpointAsync(CancellationToken)"/> and <see cref="ShardClosing.CheckpointAsync"/>.</summary>
    Manual,
}

/// <summary>When progress is written to the lease store. Records after the last written position are delivered again after a crash.</summary>
public sealed class CheckpointOptions
{
    /// <summary>What makes a checkpoint.</summary>
    /// <value>Default <see cref="CheckpointMode.AfterEachBatch"/>.</value>
    public CheckpointMode Mode { get; set; } = CheckpointMode.AfterEachBatch;

    /// <summary>With <see cref="CheckpointMode.AfterEachBatch"/>: the least time between two writes of a shard. What comes in between is written together.</summary>
    /// <value>Default 5 s. 0 to 1 h; 0 writes after each batch, at the cost of one DynamoDB write each.</value>
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>With <see cref="CheckpointMode.Interval"/>: the time between two writes.</summary>
    /// <value>Default 1 min. 100 ms to 1 day.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    internal CheckpointOptions CopyChecked(OptionProblems problems)
    {
        problems.Check(Enum.IsDefined(Mode), "Checkpoint.Mode", Mode, "AfterEachBatch, Interval or Manual");
        problems.CheckRange("Checkpoint.MinInterval", MinInterval, TimeSpan.Zero, TimeSpan.FromHours(1));
        problems.CheckRange("Checkpoint.Interval", Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        return (CheckpointOptions)MemberwiseClone();
    }
}
