using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local;

/// <summary>
/// What CloudWatch would show of the streams of a <see cref="LocalKinesis"/>, readable in the process: the same names, dimensions and statistics, one
/// datapoint a minute of the service's clock, without CloudWatch's delay. Stream-level metrics are always there; shard-level ones from the moment
/// when EnableEnhancedMonitoring asks for them (see <see cref="LocalStream.EnableEnhancedMonitoring"/>).
/// </summary>
/// <remarks>
/// Thread-safe. The last 180 minutes in which something was measured are kept of each metric; the metrics of a stream, a consumer or a shard go with
/// it. Latencies are those of the service's clock: zero on a clock that stands still, unless a fault delays the call.
/// </remarks>
public sealed class LocalMetrics
{
    private readonly StreamRegistry _streams;

    internal LocalMetrics(StreamRegistry streams) => _streams = streams;

    /// <summary>The metrics of which there is at least one datapoint.</summary>
    /// <param name="streamName">Of this stream only; null for all.</param>
    /// <returns>A snapshot: the stream's own first, then those of its consumers, then those of its shards.</returns>
    public IReadOnlyList<LocalMetric> List(string? streamName = null) =>
    [
        .. _streams.All.Where(stream => streamName is null || stream.Name == streamName)
            .SelectMany(static stream => Sets(stream).SelectMany(set => set.Metrics.Used.Select(name => set.Named with { Name = MetricNames.TextOf(name) }))),
    ];

    /// <summary>The datapoints of a metric, oldest first; the last one may be of the running minute. Minutes without a sample have none.</summary>
    /// <param name="metric">The metric.</param>
    /// <returns>A snapshot; empty when nothing was measured, or when there is no such stream, consumer or shard.</returns>
    /// <exception cref="ArgumentException">The name is none of CloudWatch's in <c>AWS/Kinesis</c>.</exception>
    public IReadOnlyList<LocalDatapoint> Read(LocalMetric metric)
    {
        var name = MetricNames.Parse(metric.Name);
        return Find(metric)?.Read(name) ?? [];
    }

    /// <summary>The retained datapoints of a metric as one, from its first minute on.</summary>
    /// <param name="metric">The metric.</param>
    /// <returns>The statistics over the retained minutes; without samples when nothing was measured.</returns>
    /// <exception cref="ArgumentException">The name is none of CloudWatch's in <c>AWS/Kinesis</c>.</exception>
    public LocalDatapoint Total(LocalMetric metric) => Read(metric).Aggregate(default(LocalDatapoint), static (sum, next) => sum.With(next));

    private MetricSet? Find(LocalMetric metric) =>
        _streams.All.Where(stream => stream.Name == metric.StreamName).SelectMany(static stream => Sets(stream))
            .FirstOrDefault(set => set.Named == metric with { Name = "" }).Metrics;

    private static IEnumerable<(LocalMetric Named, MetricSet Metrics)> Sets(LocalStream stream)
    {
        yield return (new("", stream.Name), stream.Meter.Metrics);
        foreach (var consumer in stream.Consumers.List(0))
            yield return (new("", stream.Name, ConsumerName: consumer.Name), consumer.Meter.Metrics);
        foreach (var shard in stream.Shards.Table.Shards)
        {
            if (shard.Meter is { } meter)
                yield return (new("", stream.Name, shard.Id), meter.Metrics);
        }
    }
}
