using KinesisClientNet.Consumer.Processing.Failure;

namespace KinesisClientNet.Consumer;

/// <summary>A record that could not be handled, and why.</summary>
/// <param name="Shard">Its shard.</param>
/// <param name="Record">The record.</param>
/// <param name="Action"><see cref="FailureAction.DeadLetter"/> or <see cref="FailureAction.Skip"/>.</param>
/// <param name="Reason">Which rule gave it up.</param>
/// <param name="Attempts">How often this worker delivered it; 0 when it follows an earlier dead letter of its key.</param>
/// <param name="Error">The last exception; null when the handler reported the record without one, or when it follows another.</param>
/// <param name="FailedAt">When it was given up.</param>
public sealed record DeadLetter(
    ShardContext Shard, ConsumedRecord Record, FailureAction Action, DeadLetterReason Reason, int Attempts, Exception? Error, DateTimeOffset FailedAt)
{
    /// <summary>The document that the ready-made sinks keep, for sinks of your own; <see cref="StoredDeadLetter.Parse"/> reads it back.</summary>
    /// <param name="includesPayload">Whether the payload is in it (Base64); false leaves its length only.</param>
    /// <returns>A JSON object in UTF-8, ASCII only, on one line.</returns>
    public byte[] ToJson(bool includesPayload = true) => DeadLetterJson.Write(this, includesPayload).WrittenSpan.ToArray();
}
