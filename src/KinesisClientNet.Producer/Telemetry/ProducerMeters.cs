using System.Diagnostics;
using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Telemetry;

/// <summary>What the producer measures; see docs/kpl-kcl-map.md for the KPL's names. Nothing is computed while nobody listens.</summary>
internal sealed class ProducerMeters : IDisposable
{
    /// <summary>A PUT payload unit of provisioned streams, 25 KB (Kinesis pricing).</summary>
    private const int PayloadUnitBytes = 25_600;

    internal static readonly ActivitySource Source = new(KinesisClientTelemetry.ProducerName);

    private readonly Meter _meter = new(KinesisClientTelemetry.ProducerName);
    private readonly string _stream;
    private readonly TimeProvider _clock;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _sent;
    private readonly Histogram<int> _aggregation;
    private readonly Counter<long> _unitsSaved;
    private readonly Histogram<double> _age;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _throttles;

    internal ProducerMeters(string stream, BufferBudget budget, TimeProvider clock)
    {
        (_stream, _clock) = (stream, clock);
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
    }

    public void Dispose() => _meter.Dispose();

    internal void CountCall(TimeSpan duration, string? error)
    {
        if (_duration.Enabled)
            _duration.Record(duration.TotalSeconds, Tags(error));
    }

    internal void CountSettled(OutboundRecord record)
    {
        if (_sent.Enabled)
            _sent.Add(record.Count, Tags(record.Error?.Reason.ToString()));
        if (_age.Enabled)
            _age.Record(_clock.GetElapsedTime(record.OpenedAt).TotalSeconds, Tags(null));
        if (record.Error is not null)
            return;
        if (_aggregation.Enabled)
            _aggregation.Record(record.Count, Tags(null));
        if (_unitsSaved.Enabled && record.IsAggregate)
            _unitsSaved.Add(Math.Max(0, record.Count - ((record.EntryBytes + PayloadUnitBytes - 1) / PayloadUnitBytes)), Tags(null));
    }

    internal void CountRetry(bool wasThrottled)
    {
        if (_retries.Enabled)
            _retries.Add(1, Tags(null));
        if (wasThrottled && _throttles.Enabled)
            _throttles.Add(1, Tags(null));
    }

    /// <summary>A span for a PutRecords call, or null when nobody listens.</summary>
    internal Activity? StartCall(int records)
    {
        if (!Source.HasListeners() || Source.StartActivity($"{SemanticNames.PutRecords} {_stream}", ActivityKind.Producer) is not { } activity)
            return null;
        activity.SetTag(SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue);
        activity.SetTag(SemanticNames.OperationName, SemanticNames.PutRecords);
        activity.SetTag(SemanticNames.OperationType, SemanticNames.Send);
        activity.SetTag(SemanticNames.DestinationName, _stream);
        activity.SetTag(SemanticNames.StreamName, _stream);
        activity.SetTag(SemanticNames.BatchMessageCount, records);
        return activity;
    }

    private Measurement<long> Now(long value) => new(value, new KeyValuePair<string, object?>(SemanticNames.DestinationName, _stream));

    private TagList Tags(string? error)
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
        return tags;
    }
}
