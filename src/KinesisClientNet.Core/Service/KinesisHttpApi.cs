using Amazon;
using KinesisClientNet.Core.Service.Cbor;
using KinesisClientNet.Core.Service.Endpoints;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// Kinesis Data Streams over HTTP: the wire client behind the producer and the consumer. One instance serves any number of streams and
/// threads and keeps its connections open; make few and dispose them. Every attempt is signed with AWS Signature Version 4 and held to
/// <see cref="KinesisConnectionOptions.AttemptTimeout"/> as a whole.
/// </summary>
/// <remarks>
/// Failures without an answer carry codes of ours: <c>ConnectionFailed</c> (nothing was sent), <c>ConnectionLost</c> and <c>RequestTimeout</c>
/// (the call may have been applied), <c>MalformedResponse</c>, <c>CredentialsUnavailable</c>.
/// </remarks>
public sealed class KinesisHttpApi : IKinesisApi, IKinesisAdmin, IAsyncDisposable
{
    private readonly HttpMessageInvoker _calls;
    private readonly HttpMessageInvoker _subscriptions;
    private readonly EndpointResolver _endpoints;
    private readonly WireClient _client;
    private readonly KinesisWireFormat _format;
    private readonly Utf8Interner _interner = new();
    private int _isDisposed;

    /// <summary>Creates a client. Nothing is sent yet; credentials are looked for at the first call.</summary>
    /// <param name="options">How Kinesis is reached; copied.</param>
    /// <param name="loggerFactory">Where to log, category <c>KinesisClientNet.Core</c>; null for nowhere.</param>
    /// <param name="timeProvider">The clock of deadlines, waits and signatures; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or no region is known.</exception>
    public KinesisHttpApi(KinesisConnectionOptions options, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, loggerFactory, timeProvider, null, null)
    {
    }

    /// <summary>Creates a client on a given handler and source of jitter, which tests replace.</summary>
    internal KinesisHttpApi(
        KinesisConnectionOptions options, ILoggerFactory? loggerFactory, TimeProvider? timeProvider, HttpMessageHandler? handler, Random? random)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.CopyChecked();
        timeProvider ??= TimeProvider.System;
        ILogger logger = loggerFactory?.CreateLogger("KinesisClientNet.Core") ?? NullLogger.Instance;
        // A failed connection's jitter needs no secret, only a seed that differs between processes.
        random ??= new Random(System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue));

        var config = CreateConfig(options);
        _endpoints = EndpointResolver.Create(options, config);
        _format = IsCborDisabled() ? KinesisWireFormat.Json : options.WireFormat;
        _calls = new(handler ?? HttpHandlers.ForCalls(options, logger));
        _subscriptions = new(handler ?? HttpHandlers.ForSubscriptions(options, logger));
        var settings = new WireSettings(options.ConnectTimeout, options.AttemptTimeout, timeProvider, logger);
        var requests = new RequestFactory(
            CredentialCache.Create(options, config, timeProvider, logger), new(),
            new(timeProvider, mayCorrect: !config.DisableClockSkewCorrection && AWSConfigs.ManualClockCorrection is null),
            ClientIdentity.UserAgent(config.ClientAppId), logger);
        _client = new(_endpoints, new(requests, _calls, _subscriptions, settings), new(options, random, timeProvider, logger));
    }

    /// <summary>The address of calls that name no ARN.</summary>
    internal Uri Endpoint => _endpoints.Regional.Uri;

    /// <inheritdoc/>
    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default)
    {
        var body = _format == KinesisWireFormat.Cbor
            ? CborRequests.PutRecord(stream, record, sequenceNumberForOrdering)
            : JsonPuts.PutRecord(stream, record, sequenceNumberForOrdering);
        return _client.CallAsync(KinesisOperation.PutRecord, stream.Arn, _format, body, response => response.Format == KinesisWireFormat.Cbor
            ? CborAnswers.ReadPutRecord(response.Body.WrittenSpan, _interner)
            : JsonPuts.ReadPutRecord(response.Body.WrittenSpan, _interner), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var expected = request.Entries.Length;
        var body = _format == KinesisWireFormat.Cbor ? CborRequests.PutRecords(request) : new CallBody(JsonPuts.PutRecords(request));
        return _client.CallAsync(KinesisOperation.PutRecords, request.Stream.Arn, _format, body, response => response.Format == KinesisWireFormat.Cbor
            ? CborAnswers.ReadPutRecords(response.Body.WrittenSpan, expected, _interner, response.RequestId)
            : JsonPuts.ReadPutRecords(response.Body.WrittenSpan, expected, _interner, response.RequestId), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var body = _format == KinesisWireFormat.Cbor
            ? CborRequests.GetRecords(request)
            : JsonRequest.Start().Add("ShardIterator", request.ShardIterator).Add("Limit", request.Limit).Add("StreamARN", request.Stream.Arn).Finish();
        return _client.CallAsync(KinesisOperation.GetRecords, request.Stream.Arn, _format, body, response => response.Format == KinesisWireFormat.Cbor
            ? CborRecords.Read(response, _interner)
            : JsonRecords.ReadGetRecords(response.DetachBody(), _interner), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(shardId);
        var body = JsonRequest.For(stream).Add("ShardId", shardId).AddPosition(position, "ShardIteratorType", "StartingSequenceNumber").Finish();
        return _client.CallAsync(KinesisOperation.GetShardIterator, stream.Arn, body, JsonAnswers.ReadShardIterator, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        // The service refuses everything but MaxResults beside a token.
        var body = request.NextToken is not null
            ? JsonRequest.Start().Add("NextToken", request.NextToken)
            : JsonRequest.For(request.Stream).Add("ExclusiveStartShardId", request.ExclusiveStartShardId);
        body.Add("MaxResults", request.MaxResults);
        if (request.NextToken is null && request.Filter is { } filter)
            body.Open("ShardFilter").Add("Type", WireNames.Of(filter.Type)).Add("ShardId", filter.ShardId).Add("Timestamp", filter.Timestamp).Close();
        return _client.CallAsync(KinesisOperation.ListShards, request.Stream.Arn, body.Finish(), JsonAnswers.ReadShardsPage, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(
            KinesisOperation.DescribeStreamSummary, stream.Arn, JsonRequest.For(stream).Finish(), JsonAnswers.ReadStream, cancellationToken)
            .ConfigureAwait(false)).Summary;

    /// <inheritdoc/>
    public async ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default)
    {
        var consumer = await _client.CallAsync(
            KinesisOperation.RegisterStreamConsumer, streamArn, NameConsumer(streamArn, consumerName), JsonAnswers.ReadConsumer, cancellationToken)
            .ConfigureAwait(false);
        return consumer.StreamArn is null ? consumer with { StreamArn = streamArn } : consumer;
    }

    /// <inheritdoc/>
    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        _client.CallAsync(KinesisOperation.DescribeStreamConsumer, consumerArn, NameConsumer(consumerArn), JsonAnswers.ReadConsumer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.DescribeStreamConsumer, streamArn, NameConsumer(streamArn, consumerName), JsonAnswers.ReadConsumer, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamArn);
        var body = JsonRequest.Start().Add("StreamARN", streamArn).Add("NextToken", nextToken).Finish();
        return _client.CallAsync(KinesisOperation.ListStreamConsumers, streamArn, body, JsonAnswers.ReadConsumersPage, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        _client.CallAsync(KinesisOperation.DeregisterStreamConsumer, consumerArn, NameConsumer(consumerArn), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(consumerArn);
        ArgumentException.ThrowIfNullOrEmpty(shardId);
        var body = JsonRequest.Start().Add("ConsumerARN", consumerArn).Add("ShardId", shardId)
            .Open("StartingPosition").AddPosition(position, "Type", "SequenceNumber").Close().Finish();
        var answer = await _client.OpenAsync(KinesisOperation.SubscribeToShard, consumerArn, body, cancellationToken).ConfigureAwait(false);
        return new ShardSubscription(answer, _endpoints.Resolve(consumerArn, isData: true).Host, _interner);
    }

    /// <inheritdoc/>
    public ValueTask CreateStreamAsync(string streamName, int? shardCount, int? maxRecordSizeInKiB = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamName);
        var body = JsonRequest.Start().Add("StreamName", streamName).Add("ShardCount", shardCount).Add("MaxRecordSizeInKiB", maxRecordSizeInKiB)
            .Open("StreamModeDetails").Add("StreamMode", shardCount is null ? "ON_DEMAND" : "PROVISIONED").Close().Finish();
        return _client.CallAsync(KinesisOperation.CreateStream, null, body, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DeleteStreamAsync(StreamReference stream, bool enforceConsumerDeletion = false, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.DeleteStream, stream.Arn, JsonRequest.For(stream).Add("EnforceConsumerDeletion", enforceConsumerDeletion).Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StreamDescription> DescribeStreamAsync(
        StreamReference stream, string? exclusiveStartShardId = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        var body = JsonRequest.For(stream).Add("ExclusiveStartShardId", exclusiveStartShardId).Add("Limit", limit).Finish();
        return _client.CallAsync(KinesisOperation.DescribeStream, stream.Arn, body, JsonAnswers.ReadStream, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask SplitShardAsync(StreamReference stream, string shardToSplit, UInt128 newStartingHashKey, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.SplitShard, stream.Arn,
            JsonRequest.For(stream).Add("ShardToSplit", shardToSplit).Add("NewStartingHashKey", newStartingHashKey).Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask MergeShardsAsync(StreamReference stream, string shardToMerge, string adjacentShardToMerge, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.MergeShards, stream.Arn,
            JsonRequest.For(stream).Add("ShardToMerge", shardToMerge).Add("AdjacentShardToMerge", adjacentShardToMerge).Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateShardCountAsync(StreamReference stream, int targetShardCount, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.UpdateShardCount, stream.Arn,
            JsonRequest.For(stream).Add("TargetShardCount", targetShardCount).Add("ScalingType", "UNIFORM_SCALING").Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateStreamModeAsync(string streamArn, string streamMode, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.UpdateStreamMode, streamArn,
            JsonRequest.For(new(null, streamArn)).Open("StreamModeDetails").Add("StreamMode", streamMode).Close().Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask IncreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.IncreaseStreamRetentionPeriod, stream.Arn,
            JsonRequest.For(stream).Add("RetentionPeriodHours", retentionPeriodHours).Finish(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DecreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        _client.CallAsync(
            KinesisOperation.DecreaseStreamRetentionPeriod, stream.Arn,
            JsonRequest.For(stream).Add("RetentionPeriodHours", retentionPeriodHours).Finish(), cancellationToken);

    /// <summary>Closes the connections. Calls that still run fail; subscriptions end.</summary>
    /// <returns>A finished task.</returns>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _calls.Dispose();
            _subscriptions.Dispose();
        }

        return default;
    }

    private static KinesisClientConfig CreateConfig(KinesisConnectionOptions options)
    {
        var config = new KinesisClientConfig();
        if (options.Profile is { } profile)
            config.Profile = new Profile(profile);
        return config;
    }

    /// <summary>The switch of the Java SDK and of Amazon's consumer library.</summary>
    private static bool IsCborDisabled() => Environment.GetEnvironmentVariable("AWS_CBOR_DISABLE") is { } value
        && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    private static PooledBuffer NameConsumer(string streamArn, string consumerName)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamArn);
        ArgumentException.ThrowIfNullOrEmpty(consumerName);
        return JsonRequest.Start().Add("StreamARN", streamArn).Add("ConsumerName", consumerName).Finish();
    }

    private static PooledBuffer NameConsumer(string consumerArn)
    {
        ArgumentException.ThrowIfNullOrEmpty(consumerArn);
        return JsonRequest.Start().Add("ConsumerARN", consumerArn).Finish();
    }
}
