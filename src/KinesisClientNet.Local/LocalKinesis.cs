using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Reading;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local;

/// <summary>
/// Kinesis Data Streams of one account and region inside this process: no sockets, no files, no threads of its own. Time is the injected
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

    private readonly StreamRegistry _streams;
    private readonly RecordReader _reader;
    private readonly ShardListing _listing;

    /// <summary>Creates an account without streams.</summary>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="options">The settings; null for the defaults. Copied.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    public LocalKinesis(TimeProvider? timeProvider = null, LocalKinesisOptions? options = null)
    {
        Clock = timeProvider ?? TimeProvider.System;
        Options = (options ?? new()).Validated();
        var key = new byte[TokenKeyBytes];
        new Random(Options.Seed).NextBytes(key);
        var tokens = new SignedTokens(Clock, key);
        _streams = new(new(Options), Clock, Options);
        _reader = new(_streams, tokens, Clock, Options);
        _listing = new(_streams, tokens, Clock);
    }

    internal TimeProvider Clock { get; }

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

    /// <summary>A stream by its name or ARN.</summary>
    /// <param name="name">The name or ARN.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="KinesisApiException">There is no such stream.</exception>
    public LocalStream Stream(string name) => _streams.Find(StreamReference.Parse(name));

    /// <inheritdoc/>
    public async ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        var writer = _streams.Find(stream).Writer;
        if (sequenceNumberForOrdering is { } number)
            writer.CheckOrdering(number);
        return writer.Put(record, null);
    }

    /// <inheritdoc/>
    public async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.Find(request.Stream).Writer.PutMany(request.Entries.Span);
    }

    /// <inheritdoc/>
    public async ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _reader.Read(request);
    }

    /// <inheritdoc/>
    public async ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _reader.MakeIterator(stream, shardId, position);
    }

    /// <inheritdoc/>
    public async ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _listing.List(request);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.Find(stream).Summarize();
    }

    /// <inheritdoc/>
    public async ValueTask<StreamConsumer> RegisterStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.FindByArn(streamArn).Consumers.Register(consumerName);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.FindByArn(consumerArn).Consumers.Describe(null, consumerArn);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamConsumer> DescribeStreamConsumerAsync(
        string streamArn, string consumerName, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.FindByArn(streamArn).Consumers.Describe(consumerName, null);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamConsumersPage> ListStreamConsumersAsync(
        string streamArn, string? nextToken = null, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _listing.ListConsumers(streamArn, nextToken, MaxConsumersPage);
    }

    /// <inheritdoc/>
    public async ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.FindByArn(consumerArn).Consumers.Deregister(null, consumerArn);
    }

    /// <inheritdoc/>
    public async ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _streams.FindByArn(consumerArn).Consumers.Subscribe(consumerArn, shardId, position);
    }

    /// <inheritdoc/>
    public async ValueTask CreateStreamAsync(
        string streamName, int? shardCount, int? maxRecordSizeInKiB = null, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        Create(streamName, shardCount, maxRecordSizeInKiB);
    }

    /// <inheritdoc/>
    public async ValueTask DeleteStreamAsync(
        StreamReference stream, bool enforceConsumerDeletion = false, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.Delete(enforceConsumerDeletion);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamDescription> DescribeStreamAsync(
        StreamReference stream, string? exclusiveStartShardId = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        return _listing.Describe(stream, exclusiveStartShardId, limit);
    }

    /// <inheritdoc/>
    public async ValueTask SplitShardAsync(
        StreamReference stream, string shardToSplit, UInt128 newStartingHashKey, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.Split(shardToSplit, newStartingHashKey);
    }

    /// <inheritdoc/>
    public async ValueTask MergeShardsAsync(
        StreamReference stream, string shardToMerge, string adjacentShardToMerge, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.Merge(shardToMerge, adjacentShardToMerge);
    }

    /// <inheritdoc/>
    public async ValueTask UpdateShardCountAsync(StreamReference stream, int targetShardCount, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.UpdateShardCount(targetShardCount);
    }

    /// <inheritdoc/>
    public async ValueTask UpdateStreamModeAsync(string streamArn, string streamMode, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.FindByArn(streamArn).Changes.ChangeMode(streamMode);
    }

    /// <inheritdoc/>
    public async ValueTask IncreaseStreamRetentionPeriodAsync(
        StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.ChangeRetention(retentionPeriodHours, increase: true);
    }

    /// <inheritdoc/>
    public async ValueTask DecreaseStreamRetentionPeriodAsync(
        StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        _streams.Find(stream).Changes.ChangeRetention(retentionPeriodHours, increase: false);
    }

    private static ValueTask EnterAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : default;

    private void Create(string name, int? shardCount, int? maxRecordSizeInKiB)
    {
        Shapes.Name(name, "streamName");
        if (shardCount is { } count)
            Shapes.Range(count, "shardCount", 1, int.MaxValue);
        var kib = maxRecordSizeInKiB is { } size
            ? Shapes.Range(size, "maxRecordSizeInKiB", StreamSettings.MinRecordKiB, StreamSettings.MaxRecordKiB)
            : StreamSettings.MinRecordKiB;
        _streams.Create(name, shardCount ?? 0, new()
        {
            Mode = shardCount is null ? StreamSettings.OnDemand : StreamSettings.Provisioned,
            MaxRecordSizeInKiB = kib,
        });
    }
}
