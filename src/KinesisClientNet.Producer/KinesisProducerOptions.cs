using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Producer;

/// <summary>Settings of a producer of one stream. Copied and checked when the producer is constructed; later changes have no effect.</summary>
public sealed class KinesisProducerOptions
{
    /// <summary>The stream's name. Either this or <see cref="StreamArn"/> must be set.</summary>
    /// <value>Default null.</value>
    public string? StreamName { get; set; }

    /// <summary>The stream's ARN: needed for a stream of another account. Its region counts where <see cref="Connection"/> names none.</summary>
    /// <value>Default null.</value>
    public string? StreamArn { get; set; }

    /// <summary>How Kinesis is reached. Without effect when the producer is given its own <see cref="IKinesisApi"/>.</summary>
    /// <value>Default: its own defaults.</value>
    public KinesisConnectionOptions Connection { get; set; } = new();

    /// <summary>How long a record may wait for company before it is sent. A quiet record leaves after this time; a busy stream fills calls sooner.</summary>
    /// <value>Default 100 ms, the KPL's. Range 0 to 1 hour.</value>
    public TimeSpan MaxBufferedTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Whether records leave before <see cref="MaxBufferedTime"/> while no call is in flight, at most one call every 11 ms: for low latency at
    /// low and middle rates. Costs more, smaller calls and aggregates (more CPU and PUT payload units) than waiting; under load it changes nothing.
    /// </summary>
    /// <value>Default false: records wait for company, as with the KPL.</value>
    public bool SendsEarlyWhenIdle { get; set; }

    /// <summary>
    /// How old a record may become before it is given up with <see cref="RecordFailureReason.Expired"/>. Judged by the newest record of its
    /// Kinesis record, so it may live longer by <see cref="MaxBufferedTime"/>, never shorter.
    /// </summary>
    /// <value>Default null: it is tried until it is stored, and the full buffer slows callers down. Range above <see cref="MaxBufferedTime"/>.</value>
    public TimeSpan? RecordTtl { get; set; }

    /// <summary>
    /// Whether the records of each partition key are stored in the order in which they were accepted, also under retries, throttles and
    /// reshards. Costs throughput per shard: one call in flight.
    /// </summary>
    /// <value>Default false.</value>
    public bool KeepKeyOrder { get; set; }

    /// <summary>The share of a shard's write quota (1,000 records/s, 1 MiB/s) that this producer starts with; it goes down by itself when the shard refuses records.</summary>
    /// <value>Default 1.5, the KPL's 150 %. Range above 0 to 1,000,000.</value>
    public double ShardRateFactor { get; set; } = 1.5;

    /// <summary>How often the stream's settings (record distribution, largest record, creation time) are looked at.</summary>
    /// <value>Default 5 minutes, the KPL's. Range 1 s to 1 day.</value>
    public TimeSpan StreamSettingsInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the stream counts as one of record distribution AUTO as long as its settings cannot be read: nothing is packed, and keys may be missing.</summary>
    /// <value>Default false.</value>
    public bool AssumeAutoDistribution { get; set; }

    /// <summary>How long <see cref="IAsyncDisposable.DisposeAsync"/> waits for outcomes before it fails the rest.</summary>
    /// <value>Default 30 s. Range 0 to 1 hour.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether metrics of records, retries and throttles carry the shard's id (<c>messaging.destination.partition.id</c>). One series per shard
    /// and metric: mind the cost on streams of many shards.
    /// </summary>
    /// <value>Default false.</value>
    public bool TagsMetricsWithShard { get; set; }

    /// <summary>How user records are packed.</summary>
    /// <value>Default: its own defaults.</value>
    public AggregationOptions Aggregation { get; set; } = new();

    /// <summary>How Kinesis records are gathered into calls.</summary>
    /// <value>Default: its own defaults.</value>
    public BatchingOptions Batching { get; set; } = new();

    /// <summary>How much may wait, and what happens beyond it.</summary>
    /// <value>Default: its own defaults.</value>
    public BufferOptions Buffer { get; set; } = new();

    /// <summary>How failed records are tried again.</summary>
    /// <value>Default: its own defaults.</value>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>Called for each record that fails, also when its <see cref="PendingRecord.Delivery"/> is awaited. Runs on the pipeline: be quick, do not block. Exceptions are logged.</summary>
    /// <value>Default null.</value>
    public Action<FailedRecord>? OnRecordFailed { get; set; }

    /// <summary>Called for all records of a Kinesis record together, stored or failed: an outcome for every record at the cost of none. Runs on the pipeline: be quick, do not block. Exceptions are logged.</summary>
    /// <value>Default null.</value>
    public Action<SettledRecords>? OnRecordsSettled { get; set; }

    /// <summary>
    /// Whether a record that is enqueued inside an activity carries its W3C traceparent to the consumer, in the tags of the KPL's format, which
    /// the KCL skips. Costs 72 bytes a record. A record that travels outside of an aggregate carries none: aggregation is off, the stream's record
    /// distribution is AUTO, or the record is as large as an aggregate may be.
    /// </summary>
    /// <value>Default false.</value>
    public bool PropagateTraceContext { get; set; }

    /// <summary>Where the meter comes from; it is the factory's to dispose. The host gives its own.</summary>
    /// <value>Default null: a meter of the producer's own.</value>
    public IMeterFactory? MeterFactory { get; set; }

    internal StreamReference Stream => new(StreamName, StreamArn);
}
