using System.Collections.Concurrent;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>A Kinesis whose reads fail, hang or come back empty as the test says; counts calls and keeps when they were made.</summary>
public sealed class FlakyKinesis(IKinesisApi inner) : IKinesisApi
{
    private readonly ConcurrentQueue<Func<CancellationToken, ValueTask<GetRecordsPage?>>> _next = new();

    public List<GetRecordsRequest> Reads { get; } = [];

    public List<StartingPosition> Iterators { get; } = [];

    public Action? OnRead { get; set; }

    public void FailNextReads(int count, KinesisErrorKind kind)
    {
        for (var i = 0; i < count; i++)
            _next.Enqueue(_ => throw new KinesisApiException(kind, kind.ToString(), "as the test says"));
    }

    /// <summary>The next read never ends, whatever becomes of its token.</summary>
    public void HangNextRead() => _next.Enqueue(async _ =>
    {
        await new TaskCompletionSource().Task;
        return null;
    });

    public void EmptyNextReads(int count, long millisBehindLatest)
    {
        for (var i = 0; i < count; i++)
            _next.Enqueue(_ => ValueTask.FromResult<GetRecordsPage?>(new GetRecordsPage([], "iterator-of-the-test", millisBehindLatest)));
    }

    public async ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        lock (Reads)
            Reads.Add(request);
        OnRead?.Invoke();
        if (_next.TryDequeue(out var scripted) && await scripted(cancellationToken) is { } page)
            return new GetRecordsPage(page.Records, request.ShardIterator, page.MillisBehindLatest);
        return await inner.GetRecordsAsync(request, cancellationToken);
    }

    public ValueTask<string> GetShardIteratorAsync(StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        lock (Iterators)
            Iterators.Add(position);
        return inner.GetShardIteratorAsync(stream, shardId, position, cancellationToken);
    }

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        inner.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken);

    public ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default) => inner.PutRecordsAsync(request, cancellationToken);

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) => inner.ListShardsAsync(request, cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) => inner.DescribeStreamSummaryAsync(stream, cancellationToken);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        inner.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken);

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) => inner.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<IShardSubscription> SubscribeToShardAsync(string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        inner.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);
}
