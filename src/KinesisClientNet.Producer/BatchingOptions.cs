namespace KinesisClientNet.Producer;

/// <summary>How Kinesis records are gathered into PutRecords calls.</summary>
public sealed class BatchingOptions
{
    /// <summary>Upper limit of Kinesis records in one call.</summary>
    /// <value>Default 500, which is the service's limit. Range 1 to 500.</value>
    public int MaxRecords { get; set; } = 500;

    /// <summary>Upper limit of one call, in bytes of data and partition keys, as the service counts. A single larger record goes alone.</summary>
    /// <value>Default 5,242,880 (5 MiB, as the KPL; older servers take no more). Range 1,024 to 10,485,760.</value>
    public int MaxBytes { get; set; } = 5 * 1024 * 1024;

    /// <summary>How many calls may be in flight at once.</summary>
    /// <value>Default 24, the KPL's connections. Range 1 to 256.</value>
    public int MaxRequestsInFlight { get; set; } = 24;
}
