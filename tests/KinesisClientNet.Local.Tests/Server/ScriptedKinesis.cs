using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>A service whose answers the test sets: shows what the server makes of the wire, and the wire of answers.</summary>
internal sealed class ScriptedKinesis : IKinesisApi, IKinesisAdmin
{
    public List<string> Calls { get; } = [];

    public Func<PutRecordsRequest, PutRecordsResponse> OnPutRecords { get; set; } = request => new(
        [.. Enumerable.Range(1, request.Entries.Length).Select(i => new PutRecordsResultEntry("shardId-000000000000", SequenceNumber.FromBits(0, (UInt128)i)))], 0);

    public Func<GetRecordsRequest, GetRecordsPage> OnGetRecords { get; set; } = _ => new([], "next", 0);

    public Func<StreamReference, string, StartingPosition, string> OnGetShardIterator { get; set; } = (_, _, _) => "iterator";

    public Func<ListShardsRequest, ListShardsPage> OnListShards { get; set; } = _ => new([], null);

    public Func<string, string, StartingPosition, IAsyncEnumerable<ShardEvent>> OnSubscribe { get; set; } = (_, _, _) => AsyncEnumerable.Empty<ShardEvent>();

    public StreamSummary Summary { get; set; } = new()
    {
        StreamName = "orders",
        StreamArn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
        StreamStatus = "ACTIVE",
        StreamMode = "PROVISIONED",
        StreamCreationTimestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
        OpenShardCount = 2,
        ConsumerCount = 1,
        MaxRecordSizeInKiB = 1024,
    };

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default)
    {
        Calls.Add($"PutRecord {stream} {record.PartitionKey} {Convert.ToHexString(record.Data.Span)} {record.ExplicitHashKey} {sequenceNumberForOrdering}".TrimEnd());
        return new(OnPutRecords(new(stream, new[] { record })).Records[0]);
    }

    public ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        foreach (var entry in request.Entries.Span)
            Calls.Add($"{request.Stream} {entry.PartitionKey} {Convert.ToHexString(entry.Data.Span)} {entry.ExplicitHashKey}".TrimEnd());
        return new(OnPutRecords(request));
    }

    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        Calls.Add($"GetRecords {request.ShardIterator} {request.Limit}".TrimEnd());
        return new(OnGetRecords(request));
    }

    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        Calls.Add($"GetShardIterator {stream} {shardId} {position.Type} {position.SequenceNumber} {position.Timestamp.ToUnixTimeMilliseconds()}");
        return new(OnGetShardIterator(stream, shardId, position));
    }

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        Calls.Add($"ListShards {request.Stream} {request.Filter?.Type} {request.NextToken} {request.ExclusiveStartShardId} {request.MaxResults}");
        return new(OnListShards(request));
    }

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) => new(Summary);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        new(Consumer(streamArn, consumerName));

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        new(Consumer(Summary.StreamArn, consumerArn.Split('/')[^1].Split(':')[0]));

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        new(Consumer(streamArn, consumerName));

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        new(new StreamConsumersPage([Consumer(streamArn, "billing")], null));

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) => Record($"Deregister {consumerArn}");

    public ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        new(new Subscription(OnSubscribe(consumerArn, shardId, position)));

    public ValueTask CreateStreamAsync(string streamName, int? shardCount, int? maxRecordSizeInKiB = null, CancellationToken cancellationToken = default) =>
        Record($"CreateStream {streamName} {shardCount} {maxRecordSizeInKiB}");

    public ValueTask DeleteStreamAsync(StreamReference stream, bool enforceConsumerDeletion = false, CancellationToken cancellationToken = default) =>
        Record($"DeleteStream {stream} {enforceConsumerDeletion}");

    public ValueTask<StreamDescription> DescribeStreamAsync(
        StreamReference stream, string? exclusiveStartShardId = null, int? limit = null, CancellationToken cancellationToken = default) =>
        new(new StreamDescription(Summary, OnListShards(new(stream)).Shards, false));

    public ValueTask SplitShardAsync(StreamReference stream, string shardToSplit, UInt128 newStartingHashKey, CancellationToken cancellationToken = default) =>
        Record($"SplitShard {stream} {shardToSplit} {newStartingHashKey}");

    public ValueTask MergeShardsAsync(StreamReference stream, string shardToMerge, string adjacentShardToMerge, CancellationToken cancellationToken = default) =>
        Record($"MergeShards {stream} {shardToMerge} {adjacentShardToMerge}");

    public ValueTask UpdateShardCountAsync(StreamReference stream, int targetShardCount, CancellationToken cancellationToken = default) =>
        Record($"UpdateShardCount {stream} {targetShardCount}");

    public ValueTask UpdateStreamModeAsync(string streamArn, string streamMode, CancellationToken cancellationToken = default) =>
        Record($"UpdateStreamMode {streamArn} {streamMode}");

    public ValueTask IncreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        Record($"IncreaseRetention {stream} {retentionPeriodHours}");

    public ValueTask DecreaseStreamRetentionPeriodAsync(StreamReference stream, int retentionPeriodHours, CancellationToken cancellationToken = default) =>
        Record($"DecreaseRetention {stream} {retentionPeriodHours}");

    private static StreamConsumer Consumer(string streamArn, string name) =>
        new(name, $"{streamArn}/consumer/{name}:1700000000", "ACTIVE", DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000), streamArn);

    private ValueTask Record(string call)
    {
        Calls.Add(call);
        return default;
    }

    private sealed class Subscription(IAsyncEnumerable<ShardEvent> events) : IShardSubscription
    {
        public IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) => events.GetAsyncEnumerator(cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}
