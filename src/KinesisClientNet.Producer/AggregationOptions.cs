namespace KinesisClientNet.Producer;

/// <summary>
/// How user records are packed into Kinesis records in KPL format. A shard takes 1,000 Kinesis records a second however small they are, so
/// packing is what lets it take its full 1 MiB/s of small records; it also saves PUT payload units on provisioned streams.
/// </summary>
public sealed class AggregationOptions
{
    /// <summary>Whether records are packed. Never done on a stream whose record distribution is AUTO, nor without a shard map.</summary>
    /// <value>Default true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Exact upper limit of an aggregate with its frame, in bytes. A record that is larger than this goes alone and unframed.</summary>
    /// <value>Default 51,200, the KPL's: two PUT payload units of 25 KB. Range 64 to 1,048,576.</value>
    public int MaxBytes { get; set; } = 51_200;

    /// <summary>Upper limit of user records in one aggregate.</summary>
    /// <value>Default 10,000. Range 1 to 1,000,000.</value>
    public int MaxRecords { get; set; } = 10_000;

    /// <summary>The partition key that consumers see on the aggregate itself; its own placement comes from an explicit hash key.</summary>
    /// <value>Default <c>a</c>, as the KPL sends. 1 to 256 characters.</value>
    public string OuterPartitionKey { get; set; } = "a";
}
