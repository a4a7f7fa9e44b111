namespace KinesisClientNet.Producer;

/// <summary>
/// How records are tried again. Waits grow from <see cref="BaseDelay"/> to <see cref="MaxDelay"/> and are drawn between zero and that
/// (full jitter), per shard for failed entries and for the whole stream for failed calls. Permanent errors are never tried again.
/// </summary>
public sealed class RetryOptions
{
    /// <summary>Upper limit of the first wait; it doubles with each failure in a row.</summary>
    /// <value>Default 100 ms. Range 1 ms to 1 minute.</value>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Upper limit of a wait. It also bounds how long the producer takes to notice that an outage is over.</summary>
    /// <value>Default 3 s. Range <see cref="BaseDelay"/> to 5 minutes.</value>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a Kinesis record is sent at most, the first time included; then its records fail with their last error.</summary>
    /// <value>Default null: as long as it takes. Range 1 to 1,000,000.</value>
    public int? MaxAttempts { get; set; }

    /// <summary>How often a record is sent when the service refuses the credentials, or answers with a code that this version does not know.</summary>
    /// <value>Default 5. Range 1 to 1,000.</value>
    public int MaxDoubtfulAttempts { get; set; } = 5;
}
