namespace KinesisClientNet.Consumer.Leasing;

/// <summary>What a conditional write did. A refused write is an answer, not an error.</summary>
/// <param name="IsApplied">True when the condition held and the row was written.</param>
/// <param name="Lease">
/// Applied: the row after the write, null after a deletion. Refused: the row as it stands, null when there is none.
/// </param>
public readonly record struct LeaseWriteResult(bool IsApplied, Lease? Lease);
