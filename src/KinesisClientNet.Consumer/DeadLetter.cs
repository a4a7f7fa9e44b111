namespace KinesisClientNet.Consumer;

/// <summary>A record that could not be handled, and why.</summary>
/// <param name="Shard">Its shard.</param>
/// <param name="Record">The record.</param>
/// <param name="Action"><see cref="FailureAction.DeadLetter"/> or <see cref="FailureAction.Skip"/>.</param>
/// <param name="Attempts">How often this worker delivered it; 0 when it follows an earlier dead letter of its key.</param>
/// <param name="Error">The last exception; null when the handler reported the record without one, or when it follows another.</param>
/// <param name="FailedAt">When it was given up.</param>
public sealed record DeadLetter(
    ShardContext Shard, ConsumedRecord Record, FailureAction Action, int Attempts, Exception? Error, DateTimeOffset FailedAt);
