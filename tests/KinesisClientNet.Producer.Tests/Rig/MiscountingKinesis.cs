using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>A service whose answers have a result too few while told so, and no latency.</summary>
internal sealed class MiscountingKinesis(FaultyKinesis inner, Func<bool> isWrong) : IKinesisApi
{
    public async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var answer = await inner.Inner.PutRecordsAsync(request, cancellationToken);
        return isWrong() ? answer with { Records = answer.Records.Skip(1).ToArray() } : answer;
    }

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        inner.ListShardsAsync(request, cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        inner.DescribeStreamSummaryAsync(stream, cancellationToken);

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
