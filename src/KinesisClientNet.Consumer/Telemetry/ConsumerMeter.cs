using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>The consumer's metrics and spans. Nothing is computed for an instrument that nobody listens to.</summary>
internal sealed class ConsumerMeter : IDisposable
{
    private static readonly ActivitySource Source = new(KinesisClientTelemetry.ConsumerName);

    private readonly Meter _meter = new(KinesisClientTelemetry.ConsumerName);
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _processDuration;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Counter<long> _handlerFailures;
    private readonly Counter<long> _givenUp;
    private readonly Counter<long> _outOfRange;

    public ConsumerMeter(string stream, string application, TimeProvider time)
    {
        _time = time;
        _tags =
        [
            new(SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue),
            new(SemanticNames.DestinationName, stream),
            new(SemanticNames.StreamName, stream),
            new(SemanticNames.ConsumerGroupName, application),
        ];
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = SemanticNames.DurationBuckets };
        _consumed = _meter.CreateCounter<long>(SemanticNames.ConsumedMessages, "{message}", "User records given to the handler.");
        _processDuration = _meter.CreateHistogram(SemanticNames.ProcessDuration, "s", "Duration of a handler call.", tags: null, buckets);
        _checkpointDuration = _meter.CreateHistogram("kinesis.consumer.checkpoint.duration", "s", "Duration of a checkpoint write.", tags: null, buckets);
        _handlerFailures = _meter.CreateCounter<long>("kinesis.consumer.handler.failures", "{failure}", "Handler calls that threw.");
        _givenUp = _meter.CreateCounter<long>("kinesis.consumer.records.given_up", "{record}", "Records that were dead-lettered or skipped.");
        _outOfRange = _meter.CreateCounter<long>("kinesis.consumer.records.out_of_range", "{record}", "User records whose key does not belong to the shard they came from.");
    }

    /// <summary>Observes the state of the shards: lag of the slowest, leases, degraded shards, fetched bytes.</summary>
    public void Observe(Func<IReadOnlyList<ShardStatus>> shards, Func<long> prefetchBytes)
    {
        _meter.CreateObservableGauge("kinesis.consumer.lag", () => new Measurement<double>(shards().Max(static shard => shard.Lag)?.TotalSeconds ?? 0, _tags), "s", "How far the slowest shard is behind the tip.");
        _meter.CreateObservableGauge("kinesis.consumer.leases.held", () => new Measurement<int>(shards().Count, _tags), "{lease}", "Shards that this worker works on.");
        _meter.CreateObservableGauge("kinesis.consumer.shards.degraded", () => new Measurement<int>(shards().Count(static shard => shard.IsDegraded), _tags), "{shard}", "Shards that somebody should look at.");
        _meter.CreateObservableGauge("kinesis.consumer.prefetch.bytes", () => new Measurement<long>(prefetchBytes(), _tags), "By", "Fetched records that are not handled yet.");
    }

    public Measured HandlerStarted(RecordBatch batch)
    {
        var span = Source.HasListeners() ? StartSpan(batch) : null;
        return new(_processDuration.Enabled ? _time.GetTimestamp() : null, batch.Count, span);
    }

    public void HandlerEnded(Measured measured, Exception? failure)
    {
        if (_consumed.Enabled)
            _consumed.Add(measured.Records, _tags);
        if (measured.StartedAt is { } startedAt)
            _processDuration.Record(_time.GetElapsedTime(startedAt).TotalSeconds, WithError(failure));
        if (failure is not null && _handlerFailures.Enabled)
            _handlerFailures.Add(1, WithError(failure));
        if (measured.Span is not { } span)
            return;
        if (failure is not null)
            span.SetStatus(ActivityStatusCode.Error).SetTag(SemanticNames.ErrorType, failure.GetType().FullName);
        span.Dispose();
    }

    public void CheckpointWritten(TimeSpan duration, bool isAccepted)
    {
        if (_checkpointDuration.Enabled)
            _checkpointDuration.Record(duration.TotalSeconds, [.. _tags, new("kinesis.checkpoint.accepted", isAccepted)]);
    }

    public void RecordGivenUp(FailureAction action)
    {
        if (_givenUp.Enabled)
            _givenUp.Add(1, [.. _tags, new("kinesis.failure.action", action.ToString())]);
    }

    public void OutOfRange(long records, bool isDropped)
    {
        if (_outOfRange.Enabled)
            _outOfRange.Add(records, [.. _tags, new("kinesis.record.dropped", isDropped)]);
    }

    public void Dispose() => _meter.Dispose();

    private Activity? StartSpan(RecordBatch batch) => Source.StartActivity(
        SemanticNames.Process,
        ActivityKind.Consumer,
        default(ActivityContext),
        [
            .. _tags,
            new(SemanticNames.OperationName, SemanticNames.Process),
            new(SemanticNames.OperationType, SemanticNames.Process),
            new(SemanticNames.DestinationPartitionId, batch.Shard.ShardId),
            new(SemanticNames.BatchMessageCount, batch.Count),
        ]);

    private KeyValuePair<string, object?>[] WithError(Exception? failure) =>
        failure is null ? _tags : [.. _tags, new(SemanticNames.ErrorType, failure.GetType().FullName)];

    /// <summary>What a handler call's end needs from its start.</summary>
    public readonly record struct Measured(long? StartedAt, int Records, Activity? Span);
}
