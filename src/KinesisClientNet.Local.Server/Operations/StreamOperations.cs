using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations that create, describe, change and delete streams.</summary>
internal sealed class StreamOperations(IKinesisApi kinesis, IKinesisAdmin admin)
{
    public IEnumerable<Operation> All =>
    [
        new("CreateStream", [Member.StreamName.Required(), Member.Integer("ShardCount", 1), Member.StreamModeDetails, Member.Tags, Member.Integer("WarmThroughputMiBps", 0), Member.Integer("MaxRecordSizeInKiB", 1024, 10240)], CreateStreamAsync),
        new("DeleteStream", [Member.StreamName, new("EnforceConsumerDeletion", MemberKind.Boolean), Member.StreamArn], DeleteStreamAsync),
        new("DescribeStream", [Member.StreamName, Member.PageSize("Limit"), Member.Named("ExclusiveStartShardId"), Member.StreamArn], DescribeStreamAsync),
        new("DescribeStreamSummary", [Member.StreamName, Member.StreamArn], DescribeStreamSummaryAsync),
        new("IncreaseStreamRetentionPeriod", [Member.StreamName, Member.Retention, Member.StreamArn], IncreaseRetentionAsync),
        new("DecreaseStreamRetentionPeriod", [Member.StreamName, Member.Retention, Member.StreamArn], DecreaseRetentionAsync),
        new("UpdateStreamMode", [Member.StreamArn.Required(), Member.StreamModeDetails.Required(), Member.Integer("WarmThroughputMiBps", 0)], UpdateStreamModeAsync),
    ];

    private ValueTask CreateStreamAsync(OperationCall call)
    {
        var mode = call.Value("StreamModeDetails")?.Members["StreamMode"].Text ?? "PROVISIONED";
        var shards = call.Integer("ShardCount");
        if (mode == "ON_DEMAND" && shards is not null)
            throw FrontRefusal.InvalidArgument("ShardCount can not be given for a stream of mode ON_DEMAND.");
        if (mode == "PROVISIONED" && shards is null)
            throw FrontRefusal.InvalidArgument("ShardCount is required for a stream of mode PROVISIONED.");
        return admin.CreateStreamAsync(call.Text("StreamName"), shards, call.Integer("MaxRecordSizeInKiB"), call.Cancellation);
    }

    private ValueTask DeleteStreamAsync(OperationCall call) =>
        admin.DeleteStreamAsync(call.Stream(), call.Flag("EnforceConsumerDeletion"), call.Cancellation);

    private async ValueTask DescribeStreamAsync(OperationCall call)
    {
        var description = await admin.DescribeStreamAsync(
            call.Stream(), call.OptionalText("ExclusiveStartShardId"), call.Integer("Limit"), call.Cancellation).ConfigureAwait(false);
        var answer = call.Answer;
        answer.StartMap();
        answer.StartMap("StreamDescription"u8);
        answer.StreamState(description.Summary);
        answer.EnhancedMonitoring([]);
        answer.Shards(description.Shards);
        answer.Flag("HasMoreShards"u8, description.HasMoreShards);
        answer.EndMap();
        answer.EndMap();
    }

    private async ValueTask DescribeStreamSummaryAsync(OperationCall call)
    {
        var stream = await kinesis.DescribeStreamSummaryAsync(call.Stream(), call.Cancellation).ConfigureAwait(false);
        var answer = call.Answer;
        answer.StartMap();
        answer.StartMap("StreamDescriptionSummary"u8);
        answer.StreamState(stream);
        answer.EnhancedMonitoring([]);
        answer.Number("OpenShardCount"u8, stream.OpenShardCount);
        if (stream.ConsumerCount is { } consumers)
            answer.Number("ConsumerCount"u8, consumers);
        if (stream.MaxRecordSizeInKiB is { } size)
            answer.Number("MaxRecordSizeInKiB"u8, size);
        answer.OptionalText("RecordDistributionStrategy"u8, stream.RecordDistributionStrategy);
        answer.EndMap();
        answer.EndMap();
    }

    private ValueTask IncreaseRetentionAsync(OperationCall call) =>
        admin.IncreaseStreamRetentionPeriodAsync(call.Stream(), call.Integer("RetentionPeriodHours")!.Value, call.Cancellation);

    private ValueTask DecreaseRetentionAsync(OperationCall call) =>
        admin.DecreaseStreamRetentionPeriodAsync(call.Stream(), call.Integer("RetentionPeriodHours")!.Value, call.Cancellation);

    private ValueTask UpdateStreamModeAsync(OperationCall call) =>
        admin.UpdateStreamModeAsync(call.Text("StreamARN"), call.Value("StreamModeDetails")!.Members["StreamMode"].Text, call.Cancellation);
}
