namespace KinesisClientNet.Local;

/// <summary>Which calls a fault is aimed at. Every part narrows; the default aims at every call.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="StreamName">Calls on this stream only; null for any.</param>
/// <param name="ShardId">Calls on this shard only (GetRecords, GetShardIterator, SubscribeToShard); null for any.</param>
public readonly record struct FaultTarget(LocalOperation Operation = LocalOperation.Any, string? StreamName = null, string? ShardId = null)
{
    /// <summary>Aims at an operation.</summary>
    /// <param name="operation">The operation.</param>
    public static implicit operator FaultTarget(LocalOperation operation) => new(operation);

    /// <summary>Aims at an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>The target.</returns>
    public static FaultTarget FromLocalOperation(LocalOperation operation) => new(operation);

    internal bool Takes(in FaultTarget call) =>
        (Operation == LocalOperation.Any || Operation == call.Operation) && (StreamName is null || StreamName == call.StreamName) &&
        (ShardId is null || ShardId == call.ShardId);
}
