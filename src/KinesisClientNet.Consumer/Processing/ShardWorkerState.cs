namespace KinesisClientNet.Consumer.Processing;

/// <summary>The states of a shard's worker.</summary>
internal enum ShardWorkerState
{
    /// <summary>A parent shard is not finished.</summary>
    Waiting,

    /// <summary>The handler is being made and opened.</summary>
    Opening,

    /// <summary>Records are read and handled.</summary>
    Processing,

    /// <summary>Nothing new is read: running work ends, the handler is closed, the last checkpoint is written.</summary>
    Draining,

    /// <summary>Over.</summary>
    Closed,
}

/// <summary>What happens to a worker.</summary>
internal enum ShardWorkerEvent
{
    /// <summary>Every parent is finished.</summary>
    ParentsFinished,

    /// <summary>The handler is open.</summary>
    Opened,

    /// <summary>The shard is read and handled to its end.</summary>
    EndReached,

    /// <summary>Lease lost, hand-over, stop, or failure.</summary>
    EndAsked,

    /// <summary>Closed, checkpointed and given up.</summary>
    Finished,
}

/// <summary>The whole table, in one place. A wish to end is honoured in every state: nothing that fails or is blocked can shield a shard from it (kcl.md §4.2).</summary>
internal static class ShardWorkerTable
{
    /// <summary>The next state.</summary>
    /// <exception cref="InvalidOperationException">The event cannot happen in this state.</exception>
    public static ShardWorkerState Next(this ShardWorkerState state, ShardWorkerEvent @event) => (state, @event) switch
    {
        (ShardWorkerState.Waiting, ShardWorkerEvent.ParentsFinished) => ShardWorkerState.Opening,
        (ShardWorkerState.Waiting, ShardWorkerEvent.EndAsked) => ShardWorkerState.Draining,
        (ShardWorkerState.Opening, ShardWorkerEvent.Opened) => ShardWorkerState.Processing,
        (ShardWorkerState.Opening, ShardWorkerEvent.EndAsked) => ShardWorkerState.Draining,
        (ShardWorkerState.Processing, ShardWorkerEvent.EndReached) => ShardWorkerState.Draining,
        (ShardWorkerState.Processing, ShardWorkerEvent.EndAsked) => ShardWorkerState.Draining,
        (ShardWorkerState.Draining, ShardWorkerEvent.EndAsked) => ShardWorkerState.Draining,
        (ShardWorkerState.Draining, ShardWorkerEvent.Finished) => ShardWorkerState.Closed,
        (ShardWorkerState.Closed, ShardWorkerEvent.EndAsked) => ShardWorkerState.Closed,
        _ => throw new InvalidOperationException($"A shard's worker cannot take {@event} while {state}."),
    };
}
