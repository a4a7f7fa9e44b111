using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>The consumer's metrics and spans. Nothing is computed for an instrument that nobody listens to.</summary>
internal sealed class ConsumerMeter : IDisposable
{
    /// <summary>OpenTelemetry's default limit of links a span.</summary>
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = Instrumentation.NewSource(KinesisClientTelemetry.ConsumerName);

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly string _spanName;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Histogram<double> _callDuration;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _processDuration;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Counter<long> _handlerFailures;
    private readonly Counter<long> _givenUp;
    private readonly Counter<long> _outOfRange;

    private bool _isDisposed;

    public ConsumerMeter(string stream, string application, IMeterFactory? factory, TimeProvider time)
    {
        (_time, _ownsMeter, _spanName) = (time, factory is null, $"{SemanticNames.Process} {stream}");
        _meter = Instrumentation.NewMeter(KinesisClientTelemetry.ConsumerName, factory);
        _tags =
        [
            new(SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue),
            new(SemanticNames.DestinationName, stream),
            new(SemanticNames.StreamName, stream),
            new(SemanticNames.ConsumerGroupName, application),
        ];
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = SemanticNames.DurationBuckets };
        _callDuration = _meter.CreateHistogram(SemanticNames.OperationDuration, "s", "Duration of GetRecords calls, and of SubscribeToShard calls to their first answer.", tags: null, buckets);
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
        _meter.CreateObservableGauge("kinesis.consumer.lag", () => Now(() => shards().Max(static shard => shard.Lag)?.TotalSeconds ?? 0), "s", "How far the slowest shard is behind the tip.");
        _meter.CreateObservableGauge("kinesis.consumer.leases.held", () => Now(() => shards().Count), "{lease}", "Shards that this worker works on.");
        _meter.CreateObservableGauge("kinesis.consumer.shards.degraded", () => Now(() => shards().Count(static shard => shard.IsDegraded)), "{shard}", "Shards that somebody should look at.");
        _meter.CreateObservableGauge("kinesis.consumer.prefetch.bytes", () => Now(() => prefetchBytes()), "By", "Fetched records that are not handled yet.");
    }

    /// <summary>Whether somebody wants to know how long calls take.</summary>
    public bool MeasuresCalls => _callDuration.Enabled;

    /// <summary>A call for records has ended.</summary>
    public void CallEnded(string operation, TimeSpan duration, string? error)
    {
        var tags = new TagList(_tags)
        {
            { SemanticNames.OperationName, operation },
            { SemanticNames.OperationType, SemanticNames.Receive },
        };
        if (error is not null)
            tags.Add(SemanticNames.ErrorType, error);
        _callDuration.Record(duration.TotalSeconds, tags);
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
            _checkpointDuration.Record(duration.TotalSeconds, [.. _tags, new(SemanticNames.CheckpointAccepted, isAccepted)]);
    }

    public void RecordGivenUp(FailureAction action)
    {
        if (_givenUp.Enabled)
            _givenUp.Add(1, [.. _tags, new(SemanticNames.FailureAction, action.ToString())]);
    }

    public void OutOfRange(long records, bool isDropped)
    {
        if (_outOfRange.Enabled)
            _outOfRange.Add(records, [.. _tags, new(SemanticNames.RecordDropped, isDropped)]);
    }

    /// <summary>Ends the measuring. A factory's meter lives on, but reports nothing of this consumer.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_ownsMeter)
            _meter.Dispose();
    }

    /// <summary>A trace of its own, linked to those of the records: a batch has many senders, and no parent.</summary>
    private Activity? StartSpan(RecordBatch batch)
    {
        Activity.Current = null;
        return Source.StartActivity(
            _spanName,
            ActivityKind.Consumer,
            default(ActivityContext),
            [
                .. _tags,
                new(SemanticNames.OperationName, SemanticNames.Process),
                new(SemanticNames.OperationType, SemanticNames.Process),
                new(SemanticNames.DestinationPartitionId, batch.Shard.ShardId),
                new(SemanticNames.BatchMessageCount, batch.Count),
            ],
            Links(batch));
    }

    private static List<ActivityLink> Links(RecordBatch batch)
    {
        var (links, last) = (new List<ActivityLink>(), (string?)null);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var record in batch)
        {
            if (links.Count == MaxLinks)
                break;
            if (record.TraceParent is not { } text || ReferenceEquals(text, last))
                continue;
            last = text;
            // The text comes from the network: what is no trace context is no link.
            if (seen.Add(text) && ActivityContext.TryParse(text, null, isRemote: true, out var sender))
                links.Add(new ActivityLink(sender));
        }

        return links;
    }

    private Measurement<T>[] Now<T>(Func<T> value)
        where T : struct => _isDisposed ? [] : [new(value(), _tags)];

    private KeyValuePair<string, object?>[] WithError(Exception? failure) =>
        failure is null ? _tags : [.. _tags, new(SemanticNames.ErrorType, failure.GetType().FullName)];

    /// <summary>What a handler call's end needs from its start.</summary>
    public readonly record struct Measured(long? StartedAt, int Records, Activity? Span);
}
