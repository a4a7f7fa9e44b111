using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>What the stages of one shard share while it is processed.</summary>
internal sealed record ShardRun(
    ShardContext Shard, ProcessingOptions Processing, CheckpointOptions Checkpoint, CheckpointWriter Checkpoints, ShardActivity Activity, ShardServices Services)
{
    public required ShardEnding Ending { get; init; }

    public required IntakeLimits Limits { get; init; }

    public required PauseGate Pause { get; init; }

    /// <summary>Tells the log about failures.</summary>
    public required FailureReport Failures { get; init; }

    /// <summary>The most records of one batch.</summary>
    public int BatchRecords => Limits.BatchRecords(Processing.MaxBatchRecords);

    /// <summary>Waits while the shard is paused or the rate is reached.</summary>
    /// <param name="records">How many records are delivered for the first time; records that come again are not paid for again.</param>
    /// <exception cref="OperationCanceledException">The processing ends.</exception>
    public async ValueTask PassAsync(int records)
    {
        Ending.Intake.ThrowIfCancellationRequested();
        if (Pause.IsPaused)
            await Pause.WaitAsync(Ending.Intake).ConfigureAwait(false);
        if (records > 0)
            await Limits.PayAsync(records, Activity, Ending.Intake).ConfigureAwait(false);
    }
}
