namespace KinesisClientNet.Consumer;

/// <summary>Which rule gave a record up.</summary>
public enum DeadLetterReason
{
    /// <summary><see cref="FailureOptions.MaxAttempts"/> deliveries failed.</summary>
    AttemptsExhausted = 0,

    /// <summary>It failed and is older than <see cref="FailureOptions.MaxRecordAge"/>.</summary>
    RecordTooOld,

    /// <summary><see cref="FailureOptions.Classify"/> said so.</summary>
    Classified,

    /// <summary>The serializer could not read its payload (<see cref="FailureOptions.UnreadableAction"/>).</summary>
    Unreadable,

    /// <summary>An earlier record of its key went to the dead letters (<see cref="FailureOptions.DeadLettersWholeKey"/>); it was not delivered.</summary>
    FollowsItsKey,
}
