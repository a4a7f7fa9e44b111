namespace KinesisClientNet.Consumer;

/// <summary>What is done with records whose handler keeps failing.</summary>
public enum FailureAction
{
    /// <summary>Deliver them again for ever, with growing waits. Nothing is lost; the shard (or, with key lanes, the key) waits.</summary>
    RetryForever = 0,

    /// <summary>Give them to <see cref="FailureOptions.DeadLetters"/> and go on when the sink has them. While the sink fails, the shard waits.</summary>
    DeadLetter,

    /// <summary>Offer them once to <see cref="FailureOptions.DeadLetters"/> and go on, even when the sink fails.</summary>
    Skip,

    /// <summary>Stop this shard, with the lease kept and the checkpoint before the failed records. A restart of the worker tries again.</summary>
    StopShard,

    /// <summary>Stop the whole consumer: <see cref="KinesisConsumer.RunAsync"/> ends with the handler's exception.</summary>
    StopConsumer,
}

/// <summary>What happens when the handler throws or reports records as failed. The checkpoint never passes a record that is neither done, dead-lettered nor skipped.</summary>
public sealed class FailureOptions
{
    /// <summary>What is done when the limits (<see cref="MaxAttempts"/>, <see cref="MaxRecordAge"/>) are reached; before, failed records are delivered again.</summary>
    /// <value>Default <see cref="FailureAction.RetryForever"/>. Every other action needs a limit or <see cref="Classify"/>.</value>
    public FailureAction Action { get; set; } = FailureAction.RetryForever;

    /// <summary>How often a record is delivered, the first time included.</summary>
    /// <value>Default null: no limit. 1 to 1,000,000.</value>
    public int? MaxAttempts { get; set; }

    /// <summary>A record that failed and is older than this (by its arrival in the stream) is not delivered again.</summary>
    /// <value>Default null: no limit. 1 s to 365 days.</value>
    public TimeSpan? MaxRecordAge { get; set; }

    /// <summary>
    /// Decides by the exception: null for the ordinary way (retry until the limits), or an action that is taken at once, for instance
    /// <see cref="FailureAction.DeadLetter"/> for a payload that can never be read, or <see cref="FailureAction.StopConsumer"/> for a wrong configuration.
    /// </summary>
    /// <value>Default null.</value>
    public Func<Exception, FailureAction?>? Classify { get; set; }

    /// <summary>
    /// What is done at once with a record whose payload the serializer of <see cref="IShardProcessor.ForMessages"/> cannot read: trying again will not help.
    /// <see cref="Classify"/> goes before it.
    /// </summary>
    /// <value>Default null: as with every other failure.</value>
    public FailureAction? UnreadableAction { get; set; }

    /// <summary>Whether a batch that failed as a whole is cut in halves until the failing record stands alone. The halves are delivered in order.</summary>
    /// <value>Default null: true when records may leave a batch (<see cref="Action"/> is a dead letter or skip, or <see cref="Classify"/> is set), else false.</value>
    public bool? Bisects { get; set; }

    /// <summary>Whether only the partition key of a failing record waits while other keys of its shard go on. Uses key lanes, also with a concurrency of 1.</summary>
    /// <value>Default false; with a concurrency above 1 it is always so.</value>
    public bool IsolatesKeys { get; set; }

    /// <summary>
    /// Whether, after a record went to the dead letters, later records of its key follow it there, in order, so that nothing of the key is handled
    /// out of order. For as long as this worker holds the shard, at most for 10,000 keys of a shard.
    /// </summary>
    /// <value>Default false: the key goes on with its next record.</value>
    public bool DeadLettersWholeKey { get; set; }

    /// <summary>Where failed records go.</summary>
    /// <value>Default null. Required for <see cref="FailureAction.DeadLetter"/> and <see cref="FailureAction.Skip"/>, also when only <see cref="Classify"/> returns them.</value>
    public IDeadLetterSink? DeadLetters { get; set; }

    /// <summary>The most that the first wait before a new delivery takes; each further one doubles it. Waits are random from half of it.</summary>
    /// <value>Default 200 ms. 1 ms to 1 h.</value>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait before a new delivery.</summary>
    /// <value>Default 30 s. 1 ms to 1 h, not below <see cref="FirstBackoff"/>.</value>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(30);

    internal FailureOptions CopyChecked(OptionProblems problems)
    {
        problems.Check(Enum.IsDefined(Action), "Failure.Action", Action, "RetryForever, DeadLetter, Skip, StopShard or StopConsumer");
        problems.Check(
            UnreadableAction is null || Enum.IsDefined(UnreadableAction.Value), "Failure.UnreadableAction", UnreadableAction, "null, RetryForever, DeadLetter, Skip, StopShard or StopConsumer");
        problems.CheckRange("Failure.MaxAttempts", MaxAttempts, 1, 1_000_000);
        problems.CheckRange("Failure.MaxRecordAge", MaxRecordAge, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
        problems.CheckRange("Failure.FirstBackoff", FirstBackoff, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        problems.CheckRange("Failure.MaxBackoff", MaxBackoff, FirstBackoff, TimeSpan.FromHours(1));
        var isLimited = MaxAttempts is not null || MaxRecordAge is not null;
        problems.Check(
            Action == FailureAction.RetryForever ? !isLimited : isLimited || Classify is not null,
            "Failure.Action", Action, isLimited ? "an action other than RetryForever beside MaxAttempts or MaxRecordAge" : "MaxAttempts, MaxRecordAge or Classify beside it");
        var needsSink = Action is FailureAction.DeadLetter or FailureAction.Skip || UnreadableAction is FailureAction.DeadLetter or FailureAction.Skip || DeadLettersWholeKey;
        problems.Check(
            !needsSink || DeadLetters is not null, "Failure.DeadLetters", DeadLetters,
            $"a sink, because of {(DeadLettersWholeKey ? "DeadLettersWholeKey" : UnreadableAction is null ? $"Action {Action}" : $"UnreadableAction {UnreadableAction}")}: nothing is dropped without one");
        return (FailureOptions)MemberwiseClone();
    }
}
