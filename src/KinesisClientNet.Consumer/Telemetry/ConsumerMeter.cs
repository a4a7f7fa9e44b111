using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>The consumer's metrics and spans. Nothing is computed for an instrument that nobody listens to.</summary>
internal sealed class ConsumerMeter : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string SourceName = "KinesisClientNet.Consumer";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Meter _meter;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _processDuration;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Counter<long> _handlerFailures;
    private readonly Counter<long> _givenUp;

    public ConsumerMeter(string stream, string application, TimeProvider time, IMeterFactory? factory = null)
    {
        _time = time;
        _meter = factory?.Create(SourceName) ?? new Meter(SourceName);
        _tags =
        [
            new("messaging.system", "aws.kinesis"),
            new("messaging.destination.name", stream),
            new("messaging.consumer.group.name", application),
        ];
        _consumed = _meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "User records given to the handler.");
        _processDuration = _meter.CreateHistogram<double>("messaging.process.duration", "s", "Duration of a handler call.");
        _checkpointDuration = _meter.CreateHistogram<double>("kinesis.consumer.checkpoint.duration", "s", "Duration of a checkpoint write.");
        _handlerFailures = _meter.CreateCounter<long>("kinesis.consumer.handler.failures", "{failure}", "Handler calls that threw.");
        _givenUp = _meter.CreateCounter<long>("kinesis.consumer.records.given_up", "{record}", "Records dead-lettered or skipped.");
    }

    public Measured HandlerStarted(RecordBatch batch)
    {
        var span = Source.HasListeners() ? StartSpan(batch) : null;
        return new(_processDuration.Enabled ? _time.GetTimestamp() : 0, batch.Count, span);
    }

    public void HandlerEnded(RecordBatch batch, Measured measured, Exception? failure)
    {
        if (_consumed.Enabled)
            _consumed.Add(measured.Records, _tags);
        if (_processDuration.Enabled && measured.StartedAt != 0)
            _processDuration.Record(_time.GetElapsedTime(measured.StartedAt).TotalSeconds, WithError(failure));
        if (failure is not null && _handlerFailures.Enabled)
            _handlerFailures.Add(1, WithError(failure));
        if (measured.Span is not { } span)
            return;
        if (failure is not null)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);
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

    public void Dispose() => _meter.Dispose();

    private Activity? StartSpan(RecordBatch batch) => Source.StartActivity(
        "process",
        ActivityKind.Consumer,
        default(ActivityContext),
        [
            .. _tags,
            new("messaging.operation.name", "process"),
            new("messaging.operation.type", "process"),
            new("messaging.destination.partition.id", batch.Shard.ShardId),
            new("messaging.batch.message_count", batch.Count),
        ]);

    private KeyValuePair<string, object?>[] WithError(Exception? failure) =>
        failure is null ? _tags : [.. _tags, new("error.type", failure.GetType().FullName)];

    /// <summary>What a handler call's end needs from its start.</summary>
    public readonly record struct Measured(long StartedAt, int Records, Activity? Span);
}
