using System.Diagnostics.Metrics;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer;

/// <summary>
/// A consumer's settings. They are copied and checked when a <see cref="KinesisConsumer"/> is constructed; later changes have no effect, save
/// those that the consumer itself can change while it runs (concurrency, rate, pause).
/// </summary>
public sealed class KinesisConsumerOptions
{
    /// <summary>The stream's name. Name or <see cref="StreamArn"/> is needed.</summary>
    /// <value>Default null. 1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</value>
    public string? StreamName { get; set; }

    /// <summary>The stream's ARN: needed for a stream of another account.</summary>
    /// <value>Default null.</value>
    public string? StreamArn { get; set; }

    /// <summary>
    /// The streams of a multi-stream application, in place of <see cref="StreamName"/>. All workers should list the same ones; streams are added and removed while running by
    /// <see cref="KinesisConsumer.AddStreamAsync"/> and <see cref="KinesisConsumer.RemoveStream"/>. Lease keys are KCL's <c>account:stream:epoch:shard</c>; account and creation time are looked up.
    /// </summary>
    /// <value>Default empty: one stream.</value>
    public IList<ConsumedStream> Streams { get; private set; } = [];

    /// <summary>Whether the application reads many streams even though <see cref="Streams"/> is empty: they are added while running. It cannot be changed for an application with leases.</summary>
    /// <value>Default false; streams in <see cref="Streams"/> imply it.</value>
    public bool MultiStream { get; set; }

    /// <summary>The application: workers with the same name share the stream's shards, others read it independently. Also the lease table's default name.</summary>
    /// <value>Required. Default empty.</value>
    public string ApplicationName { get; set; } = "";

    /// <summary>This worker's id, unique in the application. A stable id (a pod's name in a stateful set) keeps its shards over a quick restart.</summary>
    /// <value>Default null: the machine's name and a random part.</value>
    public string? WorkerId { get; set; }

    /// <summary>Where a shard starts that the application has never read: <c>TrimHorizon</c>, <c>Latest</c> or <c>AtTimestamp</c>. Existing leases keep their place.</summary>
    /// <value>Default <see cref="StartingPositionType.TrimHorizon"/>, so that nothing is missed (KCL: LATEST).</value>
    public StartingPositionType StartFrom { get; set; } = StartingPositionType.TrimHorizon;

    /// <summary>The time of <see cref="StartingPositionType.AtTimestamp"/>.</summary>
    /// <value>Default null. Required for <c>AtTimestamp</c>, else not allowed.</value>
    public DateTimeOffset? StartTimestamp { get; set; }

    /// <summary>How Kinesis and DynamoDB are reached. Not used when a client is given to the consumer.</summary>
    /// <value>Default: the credentials, region and endpoint that every AWS SDK would find.</value>
    public KinesisConnectionOptions Connection { get; set; } = new();

    /// <summary>How shards are read.</summary>
    /// <value>Default: polling.</value>
    public RetrievalOptions Retrieval { get; set; } = new();

    /// <summary>How workers share shards.</summary>
    /// <value>Default: leases of 10 s in a table named as the application.</value>
    public LeaseOptions Leases { get; set; } = new();

    /// <summary>When progress is written.</summary>
    /// <value>Default: after each batch, at most every 5 s.</value>
    public CheckpointOptions Checkpoint { get; set; } = new();

    /// <summary>How the handler is called.</summary>
    /// <value>Default: one batch at a time for each shard.</value>
    public ProcessingOptions Processing { get; set; } = new();

    /// <summary>What happens when the handler fails.</summary>
    /// <value>Default: try again for ever.</value>
    public FailureOptions Failure { get; set; } = new();

    /// <summary>
    /// How long stopping may take: finish the running batches, close, checkpoint, give the leases up. At three quarters of it running handlers are
    /// cancelled. Keep it shorter than the host's own limit.
    /// </summary>
    /// <value>Default 25 s. 0 to 1 h; 0 cancels at once.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Called when a shard's state or reason changes, from the consumer's own tasks: return quickly. An exception from it is logged and ignored.</summary>
    /// <value>Default null.</value>
    public Action<ShardStatus>? OnStatusChanged { get; set; }

    /// <summary>Where the meter comes from; it is the factory's to dispose. The host gives its own.</summary>
    /// <value>Default null: a meter of the consumer's own.</value>
    public IMeterFactory? MeterFactory { get; set; }

    internal bool IsMultiStream => MultiStream || Streams.Count > 0;

    /// <summary>The stream as calls name it; none in a multi-stream application.</summary>
    internal StreamReference Stream => new(StreamName, StreamArn);

    /// <summary>A checked deep copy.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the message lists each one with its path, value and range.</exception>
    internal KinesisConsumerOptions CopyChecked()
    {
        var problems = new OptionProblems();
        problems.Check(
            IsMultiStream || !string.IsNullOrWhiteSpace(StreamName) || !string.IsNullOrWhiteSpace(StreamArn), "StreamName", StreamName, "a stream's name (or StreamArn or Streams set)");
        problems.Check(!IsMultiStream || (StreamName is null && StreamArn is null), "StreamName", StreamName ?? StreamArn, "null, because Streams or MultiStream is set; list the stream in Streams");
        problems.Check(StreamName is null || IsMultiStream || FanOutOptions.IsConsumerName(StreamName), "StreamName", StreamName, "1 to 128 characters of [a-zA-Z0-9_.-]; an ARN belongs in StreamArn");
        problems.Check(StreamArn is null || IsMultiStream || ConsumedStream.IsStreamArn(StreamArn), "StreamArn", StreamArn, "arn:aws:kinesis:region:account:stream/name");
        problems.Check(
            !IsMultiStream || Retrieval.FanOut.ConsumerArn is null, "Retrieval.FanOut.ConsumerArn", Retrieval.FanOut.ConsumerArn, "null with many streams, each has a consumer of its own; set ConsumerName");
        problems.Check(!string.IsNullOrWhiteSpace(ApplicationName), "ApplicationName", ApplicationName, "a name; workers that share the stream's shards have the same one");
        problems.Check(WorkerId is null || !string.IsNullOrWhiteSpace(WorkerId), "WorkerId", WorkerId, "null or a text");
        var isTimed = StartFrom == StartingPositionType.AtTimestamp;
        problems.Check(
            isTimed || StartFrom is StartingPositionType.TrimHorizon or StartingPositionType.Latest, "StartFrom", StartFrom, "TrimHorizon, Latest or AtTimestamp");
        problems.Check(isTimed == StartTimestamp.HasValue, "StartTimestamp", StartTimestamp, "a time if StartFrom is AtTimestamp, and only then");
        problems.CheckRange("ShutdownTimeout", ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        var copy = (KinesisConsumerOptions)MemberwiseClone();
        copy.Streams = [.. Streams.Select((stream, place) => stream.CopyChecked(problems, $"Streams[{place}]"))];
        problems.Check(
            Streams.Select(static stream => stream.Reference).Distinct().Count() == Streams.Count, "Streams", Streams.Count, "each stream once");
        copy.Retrieval = Retrieval.CopyChecked(problems);
        problems.Check(
            Retrieval.Mode == RetrievalMode.Polling || Retrieval.FanOut is not { ConsumerArn: null, ConsumerName: null } || FanOutOptions.IsConsumerName(ApplicationName),
            "ApplicationName", ApplicationName, "1 to 128 characters of [a-zA-Z0-9_.-], because it names the enhanced fan-out consumer; or set Retrieval.FanOut.ConsumerName");
        copy.Checkpoint = Checkpoint.CopyChecked(problems);
        copy.Processing = Processing.CopyChecked(problems);
        copy.Failure = Failure.CopyChecked(problems);
        problems.ThrowIfAny();
        Leases.Validate("Leases");
        copy.Connection = Connection.CopyChecked("Connection");
        return copy;
    }
}
