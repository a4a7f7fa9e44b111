namespace KinesisClientNet.Consumer.Leasing;

/// <summary>What the write of a heartbeat did. A refused write is an answer, not an error.</summary>
/// <param name="IsApplied">True when the row stood as the writer had seen it and was written.</param>
/// <param name="Heartbeat">Applied: the row after the write with its news, null after a deletion. Refused: the row as it stands, null when there is none.</param>
public readonly record struct HeartbeatWriteResult(bool IsApplied, WorkerHeartbeat? Heartbeat);
