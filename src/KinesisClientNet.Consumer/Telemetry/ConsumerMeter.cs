using System.Diagnostics;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>One stream's metrics and spans. Nothing is computed for an instrument that nobody listens to.</summary>
internal sealed class ConsumerMeter
{
    /// <summary>OpenTelemetry's default limit of links a span.</summary>
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = Instrumentation.NewSource(KinesisClientTelemetry.ConsumerName);

    private readonly ConsumerInstruments _instruments;
    private readonly string _spanName;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?>[] _tags;

    public ConsumerMeter(ConsumerInstruments instruments, string stream, string application, TimeProvider time)
    {
        (_instruments, _time, _spanName) = (instruments, time, $"{SemanticNames.Process} {stream}");
        _tags =
        [
            new(SemanticNames.MessagingSystem, SemanticNames.MessagingSystemValue),
            new(SemanticNames.DestinationName, stream),
            new(SemanticNames.StreamName, stream),
            new(SemanticNames.ConsumerGroupName, application),
        ];
    }

    /// <summary>What every measurement of the stream carries.</summary>
    public KeyValuePair<string, object?>[] Tags => _tags;

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
        _instruments.CallDuration.Record(duration.TotalSeconds, tags);
    }

    public Measured HandlerStarted(RecordBatch batch)
    {
        var span = Source.HasListeners() ? StartSpan(batch) : null;
        return new(_instruments.ProcessDuration.Enabled ? _time.GetTimestamp() : null, batch.Count, span);
    }

    public void HandlerEnded(Measured measured, Exception? failure)
    {
        if (_instruments.Consumed.Enabled)
            _instruments.Consumed.Add(measured.Records, _tags);
        if (measured.StartedAt is { } startedAt)
            _instruments.ProcessDuration.Record(_time.GetElapsedTime(startedAt).TotalSeconds, WithError(failure));
        if (failure is not null && _instruments.HandlerFailures.Enabled)
            _instruments.HandlerFailures.Add(1, WithError(failure));
        if (measured.Span is not { } span)
            return;
        if (failure is not null)
            span.SetStatus(ActivityStatusCode.Error).SetTag(SemanticNames.ErrorType, failure.GetType().FullName);
        span.Dispose();
    }

    public void CheckpointWritten(TimeSpan duration, bool isAccepted)
    {
        if (_instruments.CheckpointDuration.Enabled)
            _instruments.CheckpointDuration.Record(duration.TotalSeconds, [.. _tags, new(SemanticNames.CheckpointAccepted, isAccepted)]);
    }

    public void RecordGivenUp(FailureAction action)
    {
        if (_instruments.GivenUp.Enabled)
            _instruments.GivenUp.Add(1, [.. _tags, new(SemanticNames.FailureAction, action.ToString())]);
    }

    public void OutOfRange(long records, bool isDropped)
    {
        if (_instruments.OutOfRange.Enabled)
            _instruments.OutOfRange.Add(records, [.. _tags, new(SemanticNames.RecordDropped, isDropped)]);
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

    private KeyValuePair<string, object?>[] WithError(Exception? failure) =>
        failure is null ? _tags : [.. _tags, new(SemanticNames.ErrorType, failure.GetType().FullName)];

    /// <summary>What a handler call's end needs from its start.</summary>
    public readonly record struct Measured(long? StartedAt, int Records, Activity? Span);
}
