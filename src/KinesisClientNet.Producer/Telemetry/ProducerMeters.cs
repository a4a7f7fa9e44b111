using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Telemetry;

/// <summary>What the producer measures; see docs/kpl-kcl-map.md for the KPL's names. Nothing is computed while nobody listens.</summary>
internal sealed class ProducerMeters : IDisposable
{
    /// <summary>A PUT payload unit of provisioned streams, 25 KB (Kinesis pricing).</summary>
    private const int PayloadUnitBytes = 25_600;

    internal static readonly ActivitySource Source = Instrumentation.NewSource(KinesisClientTelemetry.ProducerName);

    /// <summary>OpenTelemetry's default limit of a span.</summary>
    private const int MaxLinks = 128;

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly string _stream;
    private readonly bool _tagsShard;
    private readonly FlushEpochs _epochs;
    private readonly TimeProvider _clock;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _sent;
    private readonly Histogram<int> _aggregation;
    private readonly Counter<long> _unitsSaved;
    private readonly Histogram<double> _age;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _throttles;
    private bool _isDisposed;

    internal ProducerMeters(KinesisProducerOptions options, BufferBudget budget, FlushEpochs epochs, TimeProvider clock)
    {
        (_stream, _tagsShard, _epochs, _clock) = (options.Stream.ToString(), options.TagsMetricsWithShard, epochs, clock);
        (_meter, _ownsMeter) = (Instrumentation.NewMeter(KinesisClientTelemetry.ProducerName, options.MeterFactory), options.MeterFactory is null);
        _duration = _meter.CreateHistogram(
            SemanticNames.OperationDuration, "s", "Duration of PutRecords calls.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = SemanticNames.DurationBuckets });
        _sent = _meter.CreateCounter<long>(SemanticNames.SentMessages, "{message}", "User records with an outcome; those that failed carry error.type.");
        _aggregation = _meter.CreateHistogram<int>("kinesis.producer.aggregation.records", "{record}", "User records per stored Kinesis record.");
        _unitsSaved = _meter.CreateCounter<long>("kinesis.producer.aggregation.payload_units_saved", "{unit}", "PUT payload units that aggregation saved, at least.");
        _age = _meter.CreateHistogram<double>("kinesis.producer.record.age", "s", "Age of the oldest user record of each Kinesis record at its outcome.");
        _retries = _meter.CreateCounter<long>("kinesis.producer.retries", "{record}", "Kinesis records that are sent again.");
        _throttles = _meter.CreateCounter<long>("kinesis.producer.throttles", "{record}", "Kinesis records that a shard refused for its rate.");
        _meter.CreateObservableGauge("kinesis.producer.buffer.records", () => Now(budget.UsedRecords), "{record}", "User records without outcome.");
        _meter.CreateObservableGauge("kinesis.producer.buffer.bytes", () => Now(budget.UsedBytes), "By", "Bytes that they hold of the buffer.");
        _meter.CreateObservableGauge(
            "kinesis.producer.buffer.oldest_age", () => Now(OldestPendingAge.TotalSeconds), "s", "Age of the oldest user record without outcome.");
    }

    /// <summary>Age of the oldest record without outcome.</summary>
    internal TimeSpan OldestPendingAge =>
        _epochs.OldestStart() is { } start && _clock.GetElapsedTime(start) is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero;

    /// <summary>The W3C traceparent of the activity that runs now; null without one.</summary>
    internal static string? CurrentTraceParent =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { Length: AggregatedTraceParent.TextBytes } id } ? id : null;

    /// <summary>Ends the measuring. A factory's meter lives on, but reports nothing of this producer.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_ownsMeter)
            _meter.Dispose();
    }

    internal void CountCall(TimeSpan duration, string? error)
    {
        if (_duration.Enabled)
            _duration.Record(duration.TotalSeconds, Tags(error));
    }

    internal void CountSettled(OutboundRecord record)
    {
        if (_sent.Enabled)
            _sent.Add(record.Count, Tags(record.Error?.Reason.ToString(), record.Outcome?.ShardId ?? record.Lane.ShardId));
        if (_age.Enabled)
            _age.Record(_clock.GetElapsedTime(record.OpenedAt).TotalSeconds, Tags(null));
        if (record.Error is not null)
            return;
        if (_aggregation.Enabled)
            _aggregation.Record(record.Count, Tags(null, record.Outcome?.ShardId));
        if (_unitsSaved.Enabled && record.IsAggregate)
            _unitsSaved.Add(Math.Max(0, record.Count - ((record.EntryBytes + PayloadUnitBytes - 1) / PayloadUnitBytes)), Tags(null));
    }

    internal void CountRetry(OutboundRecord record, bool wasThrottled)
    {
        if (_retries.Enabled)
            _retries.Add(1, Tags(null, record.Lane.ShardId));
        if (wasThrottled && _throttles.Enabled)
            _throttles.Add(1, Tags(null, record.Lane.ShardId));
    }

    /// <summary>A span for a PutRecords call, or null when nobody listens.</summary>
    internal Activity? StartCall(List<OutboundRecord> records)
    {
        if (!Source.HasListeners())
            return null;
        // Many callers have a part in one call: it is the child of none, and linked to each.
        if (Source.StartActivity($"{SemanticNames.PutRecords} {_stream}", ActivityKind.Producer, default(ActivityContext), tags: null, Links(records)) is not { } activity)
            return null;
        activity.SetTag(SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue);
        activity.SetTag(SemanticNames.OperationName, SemanticNames.PutRecords);
        activity.SetTag(SemanticNames.OperationType, SemanticNames.Send);
        activity.SetTag(SemanticNames.DestinationName, _stream);
        activity.SetTag(SemanticNames.StreamName, _stream);
        activity.SetTag(SemanticNames.BatchMessageCount, records.Sum(static record => record.Count));
        return activity;
    }

    /// <summary>Notes how the call of a span ended.</summary>
    internal static void EndCall(Activity span, string? requestId, string? error)
    {
        span.SetTag(SemanticNames.RequestId, requestId);
        if (error is not null)
            span.SetStatus(ActivityStatusCode.Error, error).SetTag(SemanticNames.ErrorType, error);
    }

    private static List<ActivityLink>? Links(List<OutboundRecord> records)
    {
        HashSet<ActivityContext>? callers = null;
        foreach (var record in records)
        {
            foreach (var caller in record.Callers ?? [])
            {
                if ((callers ??= []).Count < MaxLinks)
                    callers.Add(caller);
            }
        }

        return callers?.Select(caller => new ActivityLink(caller)).ToList();
    }

    private KeyValuePair<string, object?> StreamTag => new(SemanticNames.DestinationName, _stream);

    private Measurement<T>[] Now<T>(T value)
        where T : struct => _isDisposed ? [] : [new(value, StreamTag)];

    private TagList Tags(string? error, string? shardId = null)
    {
        var tags = new TagList
        {
            { SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue },
            { SemanticNames.OperationName, SemanticNames.PutRecords },
            { SemanticNames.OperationType, SemanticNames.Send },
            { SemanticNames.DestinationName, _stream },
        };
        if (error is not null)
            tags.Add(SemanticNames.ErrorType, error);
        if (_tagsShard && shardId is not null)
            tags.Add(SemanticNames.DestinationPartitionId, shardId);
        return tags;
    }
}
