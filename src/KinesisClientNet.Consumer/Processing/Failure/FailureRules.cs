namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>What is known about a failure.</summary>
/// <param name="Error">The exception; null when the handler reported records without one.</param>
/// <param name="Attempts">How often the records were delivered, this time included.</param>
/// <param name="IsAlone">Whether the failure is known to be of exactly these records: one record, or each reported by the handler.</param>
/// <param name="OldestAge">Age of the oldest of them.</param>
/// <param name="YoungestAge">Age of the youngest of them.</param>
internal readonly record struct FailureFacts(Exception? Error, int Attempts, bool IsAlone, TimeSpan OldestAge, TimeSpan YoungestAge)
{
    /// <summary>Whether the serializer could not read the payload.</summary>
    public bool IsUnreadable { get; init; }
}

/// <summary>What is done, and by which rule.</summary>
internal readonly record struct FailureVerdict(FailurePlan Plan, DeadLetterReason Reason);

/// <summary>The pure half of the failure policy: facts in, plan out.</summary>
internal sealed class FailureRules(FailureOptions options)
{
    /// <summary>A batch that fails as a whole is first delivered again as a whole: cutting at once would answer an outage of the sink with a multiple of the calls.</summary>
    private const int AttemptsAsWhole = 3;

    private readonly bool _bisects =
        options.Bisects ?? (options.Action is FailureAction.DeadLetter or FailureAction.Skip || options.Classify is not null);

    /// <summary>Decides.</summary>
    public FailureVerdict Decide(in FailureFacts facts)
    {
        if (facts.Error is not null && options.Classify?.Invoke(facts.Error) is { } classified and not FailureAction.RetryForever)
            return new(Final(classified, facts.IsAlone), DeadLetterReason.Classified);
        if (facts.IsUnreadable && options.UnreadableAction is { } unreadable and not FailureAction.RetryForever)
            return new(Final(unreadable, facts.IsAlone), DeadLetterReason.Unreadable);
        // Together they are given up when all of them are too old; to cut them apart, one is enough.
        var isExhausted = facts.Attempts >= options.MaxAttempts;
        var isTooOld = (_bisects ? facts.OldestAge : facts.YoungestAge) > options.MaxRecordAge;
        var reason = isTooOld && !isExhausted ? DeadLetterReason.RecordTooOld : DeadLetterReason.AttemptsExhausted;
        if ((isExhausted || isTooOld) && options.Action != FailureAction.RetryForever)
            return new(Final(options.Action, facts.IsAlone), reason);
        return new(_bisects && !facts.IsAlone && options.MaxAttempts is null && facts.Attempts >= AttemptsAsWhole ? FailurePlan.Isolate : FailurePlan.Retry, reason);
    }

    private FailurePlan Final(FailureAction action, bool isAlone) => action switch
    {
        FailureAction.DeadLetter or FailureAction.Skip when _bisects && !isAlone => FailurePlan.Isolate,
        // Without a sink nothing leaves the shard: options are checked for it, a classifier's answer cannot be.
        FailureAction.DeadLetter or FailureAction.Skip when options.DeadLetters is null => FailurePlan.StopShard,
        FailureAction.DeadLetter => FailurePlan.DeadLetter,
        FailureAction.Skip => FailurePlan.Skip,
        FailureAction.StopShard => FailurePlan.StopShard,
        FailureAction.StopConsumer => FailurePlan.StopConsumer,
        _ => FailurePlan.Retry,
    };
}
