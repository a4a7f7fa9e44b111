namespace KinesisClientNet.Consumer;

/// <summary>How a shard is read by enhanced fan-out (SubscribeToShard).</summary>
public sealed class FanOutOptions
{
    /// <summary>The name under which the application is registered with the stream; registered when it is not there yet.</summary>
    /// <value>Default null: the application's name. 1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</value>
    public string? ConsumerName { get; set; }

    /// <summary>The ARN of a consumer that somebody else registered. With it nothing is looked up or registered; needed across accounts.</summary>
    /// <value>Default null. Not allowed beside <see cref="ConsumerName"/>.</value>
    public string? ConsumerArn { get; set; }

    /// <summary>
    /// Whether the registered consumer is removed when this worker stops: ends AWS's hourly charge, and the subscriptions of all other workers of
    /// the application with it. For applications of one worker only.
    /// </summary>
    /// <value>Default false, as KCL. Not allowed beside <see cref="ConsumerArn"/>.</value>
    public bool DeregistersOnStop { get; set; }

    /// <summary>How long a subscription may be silent before it is taken for dead and opened again. The service sends something every 5 s.</summary>
    /// <value>Default 35 s. 6 s to 5 min.</value>
    public TimeSpan SilenceTimeout { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>How long opening a subscription, or one call of the registration, may take before it is given up and made again.</summary>
    /// <value>Default 30 s. 10 ms to 10 min.</value>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long subscribing may fail before the shard is polled (<see cref="RetrievalMode.Auto"/>). A refusal that does not pass by itself does not wait.</summary>
    /// <value>Default 30 s. 0 to 1 h.</value>
    public TimeSpan FallBackAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a shard is polled before enhanced fan-out is tried again (<see cref="RetrievalMode.Auto"/>).</summary>
    /// <value>Default 5 min. 1 s to 24 h.</value>
    public TimeSpan ReturnAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The pattern of the ConsumerName shape.</summary>
    internal static bool IsConsumerName(string name) =>
        name.Length is > 0 and <= 128 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>An ARN of a partition of AWS, of Kinesis, that names a consumer.</summary>
    private static bool IsConsumerArn(string arn) => arn.Split(':', 6) is ["arn", _, "kinesis", _, _, var resource]
        && resource.StartsWith("stream/", StringComparison.Ordinal) && resource.Contains("/consumer/", StringComparison.Ordinal);

    internal FanOutOptions CopyChecked(OptionProblems problems)
    {
        problems.Check(
            ConsumerName is null || IsConsumerName(ConsumerName),
            "Retrieval.FanOut.ConsumerName", ConsumerName, "null or 1 to 128 characters of [a-zA-Z0-9_.-]");
        problems.Check(
            ConsumerArn is null || (ConsumerName is null && IsConsumerArn(ConsumerArn)),
            "Retrieval.FanOut.ConsumerArn", ConsumerArn, "null or arn:aws:kinesis:<region>:<account>:stream/<stream>/consumer/<name>:<time>, and then no ConsumerName");
        problems.Check(
            !DeregistersOnStop || ConsumerArn is null, "Retrieval.FanOut.DeregistersOnStop", DeregistersOnStop, "false beside ConsumerArn: who registered it removes it");
        problems.CheckRange("Retrieval.FanOut.SilenceTimeout", SilenceTimeout, TimeSpan.FromSeconds(6), TimeSpan.FromMinutes(5));
        problems.CheckRange("Retrieval.FanOut.CallTimeout", CallTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10));
        problems.CheckRange("Retrieval.FanOut.FallBackAfter", FallBackAfter, TimeSpan.Zero, TimeSpan.FromHours(1));
        problems.CheckRange("Retrieval.FanOut.ReturnAfter", ReturnAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        return (FanOutOptions)MemberwiseClone();
    }
}
