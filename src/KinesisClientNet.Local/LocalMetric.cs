namespace KinesisClientNet.Local;

/// <summary>
/// A metric of <see cref="LocalMetrics"/>: named as CloudWatch names it in <c>AWS/Kinesis</c> (Kinesis developer guide, "Monitoring with CloudWatch"),
/// with the values of its dimensions.
/// </summary>
/// <param name="Name">The metric's name, for instance <c>IncomingBytes</c> or <c>PutRecords.ThrottledRecords</c>. Upper and lower case count.</param>
/// <param name="StreamName">The dimension StreamName.</param>
/// <param name="ShardId">The dimension ShardId of a shard-level metric; null for the stream's.</param>
/// <param name="ConsumerName">The dimension ConsumerName of a metric of enhanced fan-out; null for any other.</param>
public readonly record struct LocalMetric(string Name, string StreamName, string? ShardId = null, string? ConsumerName = null);
