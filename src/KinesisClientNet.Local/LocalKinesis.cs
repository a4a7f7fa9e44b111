using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Faults;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Reading;
using KinesisClientNet.Local.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Local;

/// <summary>
/// Kinesis Data Streams of one account and region inside this process: no sockets, no threads of its own, and files only in
/// <see cref="LocalKinesisOptions.DataDirectory"/>. Time is the injected
/// clock's. Hand it to a producer and to consumers as their <see cref="IKinesisApi"/>, or put it on a port with <c>LocalKinesisServer</c>.
/// </summary>
/// <remarks>
/// Thread-safe. Follows the service's rules for hashing, sequence numbers, iterators, resharding, retention and enhanced fan-out; records
/// live in memory until their retention is over. Calls end synchronously, except where a state delay or a fault asks for a wait.
/// </remarks>
public sealed class LocalKinesis : IKinesisApi, IKinesisAdmin
{
    private const int TokenKeyBytes = 32;
    private const int MaxConsumersPage = 100;

    private readonly Arns _arns;
    private readonly StreamRegistry _streams;
    private readonly RecordReader _reader;
    private readonly ShardListing _listing;
    private readonly CallGate _gate;
    private readonly Journal? _journal;

    /// <summary>Creates an account without streams, or with those of <see cref="LocalKinesisOptions.DataDirectory"/>.</summary>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="options">The settings; null for the defaults. Copied.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    /// <exception cref="IOException">The data directory is in use, or cannot be read or written; the message names it.</exception>
    /// <exception cref="InvalidDataException">A file of the data directory is damaged, or of another version; the message names file and offset.</exception>
    public LocalKinesis(TimeProvider? timeProvider = null, LocalKinesisOptions? options = null)
    {
        Clock = timeProvider ?? TimeProvider.System;
        Options = (options ?? new()).Validated();
        Faults = new(Options.Seed);
        ServiceClock = new SkewedClock(Clock, Faults);
        var key = new byte[TokenKeyBytes];
        new Random(Options.Seed).NextBytes(key);
        var tokens = new SignedTokens(ServiceClock, key);
        _arns = new(Options);
        var restored = new RestoredAccount();
        if (Options.DataDirectory is { } directory)
            _journal = Journal.Open(directory, Options.CompactAtBytes, (Options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<LocalKinesis>(), restored);
        _streams = new(_arns, ServiceClock, Options, _journal);
        _streams.Restore(restored);
        _reader = new(_streams, tokens, ServiceClock, Options);
        _listing = new(_streams, tokens, ServiceClock);
        Metrics = new(_streams);
        _gate = new(Faults, Options.Throttling == LocalThrottling.Strict ? new(ServiceClock) : null, ServiceClock, _streams.CompactIfDue);
    }

    /// <summary>What goes wrong, and when. Empty at first; rules may be added at any time.</summary>
    public FaultPlan Faults { get; }

    /// <summary>What CloudWatch would show of the streams: incoming and outgoing bytes, throttles, ages, and so on, a datapoint a minute.</summary>
    public LocalMetrics Metrics { get; }

    /// <summary>The injected clock: it goes right, whatever the service believes.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>The service's own clock.</summary>
    internal TimeProvider ServiceClock { get; }

    internal LocalKinesisOptions Options { get; }

    internal StreamRegistry Streams => _streams;

    /// <summary>Creates a provisioned stream.</summary>
    /// <param name="name">1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</param>
    /// <param name="shards">Its number of shards, 1 or more.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="KinesisApiException">The name exists, or a quota is reached.</exception>
    public LocalKinesis AddStream(string name, int shards)
    {
        Create(name, shards, null);
        return this;
    }

    /// <summary>Creates a stream: on-demand, with large records, with another retention, and so on.</summary>
    /// <param name="name">1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</param>
    /// <param name="stream">What the stream is; copied.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="KinesisApiException">The name exists, a quota is reached, or a setting is out of its range.</exception>
    public LocalKinesis AddStream(string name, LocalStreamOptions stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _streams.Create(Shapes.Name(name, "streamName"), stream.ShardCount ?? 0, stream.ToSettings());
        return this;
    }

    /// <summary>Creates a provisioned stream unless there is one of that name, with whatever shards: for services with a data directory.</summary>
    /// <param name="name">1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>.</param>
    /// <param name="shards">Its number of shards when it is created, 1 or more.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="KinesisApiException">The name is none, or a quota is reached.</exception>
    public LocalKinesis EnsureStream(string name, int shards) => _streams.TryFind(new(name)) is null ? AddStream(name, shards) : this;

    /// <summary>
    /// Hands everything to the disk and lets go of the data directory, so that another may open it; nothing without one. Puts and changes fail
    /// from then on. May be called again. A process that ends without it loses nothing that was answered.
    /// </summary>
    public void Close() => _journal?.Dispose();

    /// <summary>A stream by its name or ARN.</summary>
    /// <param name="name">The name or ARN.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="KinesisApiException">There is no such stream.</exception>
    public LocalStream Stream(string name) => _streams.Find(StreamReference.Parse(name));

    /// <inheritdoc/>
    public async ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default)
    {
        var begunAt = Clock.GetTimestamp();
        Fault? fault;
        PutRecordsResultEntry result;
        try
        {
            fault = await _gate.EnterAsync(Target(LocalOperation.PutRecord, stream), cancellationToken).ConfigureAwait(false);
            var writer = _streams.Find(stream).Writer;
            if (sequenceNumberForOrdering is { } number)
                writer.CheckOrdering(number);
            result = writer.Put(record, null, begunAt);
        }
        catch (KinesisApiException error)
        {
            CountFailure(LocalOperation.PutRecord, stream, 1, error);
            throw;
        }

        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var begunAt = Clock.GetTimestamp();
        Fault? fault;
        PutRecordsResponse response;
        try
        {
            fault = await _gate.EnterAsync(Target(LocalOperation.PutRecords, request.Stream), cancellationToken).ConfigureAwait(false);
            response = _streams.Find(request.Stream).Writer.PutMany(request.Entries.Span, Faults, fault, begunAt);
        }
        catch (KinesisApiException error)
        {
            CountFailure(LocalOperation.PutRecords, request.Stream, request.Entries.Length, error);
            throw;
        }

        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return response;
    }

    /// <inheritdoc/>
    public async ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var begunAt = Clock.GetTimestamp();
        var (streamName, shardId) = _gate.IsOpen ? default : _reader.TargetOf(request.ShardIterator);
        Fault? fault;
        GetRecordsPage page;
        try
        {
            fault = await _gate.EnterAsync(new(LocalOperation.GetRecords, streamName, shardId), cancellationToken).ConfigureAwait(false);
            page = _reader.Read(request, leaveEmpty: fault?.Kind == FaultKind.EmptyPage, begunAt);
        }
        catch (KinesisApiException error)
        {
            CountFailure(LocalOperation.GetRecords, new(_reader.TargetOf(request.ShardIterator).StreamName), 1, error);
            throw;
        }

        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return page;
    }

    /// <inheritdoc/>
    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.GetShardIterator, stream, shardId), () => _reader.MakeIterator(stream, shardId, position), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        var fault = await _gate.EnterAsync(Target(LocalOperation.ListShards, request.Stream), cancellationToken).ConfigureAwait(false);
        var page = _listing.List(request, fault?.Kind == FaultKind.StaleListing ? fault.Wait : null);
        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return page;
    }

    /// <inheritdoc/>
    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(Target(LocalOperation.DescribeStreamSummary, stream), () => _streams.Find(stream).Summarize(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.RegisterStreamConsumer, streamArn),
            () => _streams.FindByArn(streamArn).Consumers.Register(consumerName), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DescribeStreamConsumer, consumerArn),
            () => _streams.FindByArn(consumerArn).Consumers.Describe(null, consumerArn), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DescribeStreamConsumer, streamArn),
            () => _streams.FindByArn(streamArn).Consumers.Describe(consumerName, null), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(
        string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.ListStreamConsumers, streamArn),
            () => _listing.ListConsumers(streamArn, nextToken, MaxConsumersPage), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DeregisterStreamConsumer, consumerArn),
            () => _streams.FindByArn(consumerArn).Consumers.Deregister(null, consumerArn), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        var fault = await _gate.EnterAsync(Target(LocalOperation.SubscribeToShard, consumerArn, shardId), cancellationToken).ConfigureAwait(false);
        var subscription = _streams.FindByArn(consumerArn).Consumers.Subscribe(consumerArn, shardId, position);
        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return fault?.Kind == FaultKind.CutSubscription ? new CutSubscription(subscription, fault.Count) : subscription;
    }

    /// <inheritdoc/>
    public ValueTask CreateStreamAsync(
        string streamName, int? shardCount, int? maxRecordSizeInKiB = null, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(new(LocalOperation.CreateStream, streamName), () => Create(streamName, shardCount, maxRecordSizeInKiB), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteStreamAsync(
        StreamReference stream, bool enforceConsumerDeletion = false, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DeleteStream, stream), () => _streams.Find(stream).Changes.Delete(enforceConsumerDeletion), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeStreamAsync(
        StreamReference stream, string? exclusiveStartShardId = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DescribeStream, stream), () => _listing.Describe(stream, exclusiveStartShardId, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask SplitShardAsync(
        StreamReference stream, string shardToSplit, UInt128 newStartingHashKey, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.SplitShard, stream), () => _streams.Find(stream).Changes.Split(shardToSplit, newStartingHashKey), cancellationToken);

    /// <inheritdoc/>
    public ValueTask MergeShardsAsync(
        StreamReference stream, string shardToMerge, string adjacentShardToMerge, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.MergeShards, stream), () => _streams.Find(stream).Changes.Merge(shardToMerge, adjacentShardToMerge), cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateShardCountAsync(StreamReference stream, int targetShardCount, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.UpdateShardCount, stream),
            () => { _streams.Find(stream).Changes.UpdateShardCount(targetShardCount); }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateStreamModeAsync(string streamArn, string streamMode, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.UpdateStreamMode, streamArn), () => _streams.FindByArn(streamArn).Changes.ChangeMode(streamMode), cancellationToken);

    /// <inheritdoc/>
    public ValueTask IncreaseStreamRetentionPeriodAsync(
        StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.IncreaseStreamRetentionPeriod, stream),
            () => _streams.Find(stream).Changes.ChangeRetention(retentionPeriodHours, increase: true), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DecreaseStreamRetentionPeriodAsync(
        StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        _gate.CallAsync(
            Target(LocalOperation.DecreaseStreamRetentionPeriod, stream),
            () => _streams.Find(stream).Changes.ChangeRetention(retentionPeriodHours, increase: false), cancellationToken);

    /// <summary>Names the call for faults and limits: by the stream's name, however it was addressed.</summary>
    private FaultTarget Target(LocalOperation operation, StreamReference stream, string? shardId = null) =>
        new(operation, _gate.IsOpen ? null : stream.Name ?? (stream.Arn is { } arn ? _arns.TryNameOf(arn) : null), shardId);

    private FaultTarget Target(LocalOperation operation, string arn, string? shardId = null) =>
        new(operation, _gate.IsOpen ? null : _arns.TryNameOf(arn), shardId);

    /// <summary>A call of an operation that the ports do not have: it meets faults and limits like any other.</summary>
    internal async ValueTask CallAsync(LocalOperation operation, StreamReference stream, Func<ValueTask> apply, CancellationToken cancellationToken)
    {
        var fault = await _gate.EnterAsync(Target(operation, stream), cancellationToken).ConfigureAwait(false);
        await apply().ConfigureAwait(false);
        _streams.CompactIfDue();
        await _gate.LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A call that never reached the service is not measured.</summary>
    private void CountFailure(LocalOperation operation, StreamReference stream, int records, KinesisApiException error)
    {
        if (error.Kind != KinesisErrorKind.Connection)
            _streams.TryFind(stream)?.Meter.CountFailure(operation, records, error);
    }

    private void Create(string name, int? shardCount, int? maxRecordSizeInKiB)
    {
        var stream = new LocalStreamOptions { ShardCount = shardCount };
        stream.MaxRecordSizeInKiB = maxRecordSizeInKiB ?? stream.MaxRecordSizeInKiB;
        _streams.Create(Shapes.Name(name, "streamName"), shardCount ?? 0, stream.ToSettings());
    }
}
