namespace KinesisClientNet.Local;

/// <summary>How the local service enforces the rates of Kinesis Data Streams (developer guide, "Quotas and limits"). Sizes and quotas hold in every mode.</summary>
public enum LocalThrottling
{
    /// <summary>No rate limit: for tests of logic and for load runs.</summary>
    Off = 0,

    /// <summary>The rates of the data plane with room for two seconds' bursts; the control plane is free.</summary>
    Lenient,

    /// <summary>
    /// Per shard 1,000 records/s and 1 MiB/s in, 5 reads/s and 2 MiB/s out; the control plane's calls per second as published. Over HTTP a
    /// signature's time must be within five minutes of the service's clock.
    /// </summary>
    Strict,
}
