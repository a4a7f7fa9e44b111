using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.Telemetry;

/// <summary>Measures the calls that fetch records; passes every other call on. While nobody listens it only passes on.</summary>
internal sealed class MeasuredReads(IKinesisApi api, ConsumerInstruments instruments, TimeProvider time) : IKinesisApi
{
    public ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        instruments.CallDuration.Enabled
            ? MeasureAsync(SemanticNames.GetRecords, instruments.Of(request.Stream.Name), api.GetRecordsAsync(request, cancellationToken), time.GetTimestamp())
            : api.GetRecordsAsync(request, cancellationToken);

    public ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        instruments.CallDuration.Enabled
            ? MeasureAsync(SemanticNames.SubscribeToShard, instruments.Of(StreamOf(consumerArn)), api.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken), time.GetTimestamp())
            : api.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);

    public ValueTask<PutRecordsResultEntry> PutRecordAsync(
        StreamReference stream, PutRecordsEntry record, SequenceNumber? sequenceNumberForOrdering = null, CancellationToken cancellationToken = default) =>
        api.PutRecordAsync(stream, record, sequenceNumberForOrdering, cancellationToken);

    public ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default) =>
        api.PutRecordsAsync(request, cancellationToken);

    public ValueTask<string> GetShardIteratorAsync(
        StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        api.GetShardIteratorAsync(stream, shardId, position, cancellationToken);

    public ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        api.ListShardsAsync(request, cancellationToken);

    public ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        api.DescribeStreamSummaryAsync(stream, cancellationToken);

    public ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        api.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        api.DescribeStreamConsumerAsync(consumerArn, cancellationToken);

    public ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        api.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken);

    public ValueTask<StreamConsumersPage> ListStreamConsumersAsync(string streamArn, string? nextToken = null, CancellationToken cancellationToken = default) =>
        api.ListStreamConsumersAsync(streamArn, nextToken, cancellationToken);

    public ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        api.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);

    /// <summary>The stream in <c>arn:aws:kinesis:region:account:stream/name/consumer/name:time</c>.</summary>
    private static string? StreamOf(string consumerArn) => consumerArn.Split('/') is [_, var stream, ..] ? stream : null;

    private async ValueTask<T> MeasureAsync<T>(string operation, ConsumerMeter meter, ValueTask<T> call, long startedAt)
    {
        string? error = null;
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            error = (failure as KinesisApiException)?.Code ?? failure.GetType().FullName;
            throw;
        }
        finally
        {
            meter.CallEnded(operation, time.GetElapsedTime(startedAt), error);
        }
    }
}
