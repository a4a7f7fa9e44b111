using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>What the stages of one shard share while it is processed.</summary>
internal sealed record ShardRun(
    ShardContext Shard, ProcessingOptions Processing, CheckpointOptions Checkpoint, CheckpointWriter Checkpoints, ShardActivity Activity, ShardServices Services)
{
    public required ShardEnding Ending { get; init; }

    public required IntakeLimits Limits { get; init; }

    public required PauseGate Pause { get; init; }

    /// <summary>Waits while the shard is paused or the rate is reached.</summary>
    /// <exception cref="OperationCanceledException">The processing ends.</exception>
    public async ValueTask PassAsync(int records)
    {
        Ending.Intake.ThrowIfCancellationRequested();
        if (Pause.IsPaused)
            await Pause.WaitAsync(Activity, Ending.Intake).ConfigureAwait(false);
        await Limits.PayAsync(records, Activity, Ending.Intake).ConfigureAwait(false);
    }
}
