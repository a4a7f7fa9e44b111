using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations that create, describe, change and delete streams.</summary>
internal sealed class StreamOperations(IKinesisApi kinesis, IKinesisAdmin admin)
{
    private readonly LocalKinesis? _local = kinesis as LocalKinesis;

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
        return CreateStreamAsync(call, shards);
    }

    private async ValueTask CreateStreamAsync(OperationCall call, int? shards)
    {
        var name = call.Text("StreamName");
        var tags = ResourceOperations.TagsOf(call);
        new TagSet($"stream {name}").Add(tags); // refused before anything is made
        if (call.Integer("WarmThroughputMiBps") is > 0 && (shards is not null || _local?.Streams.Commitment.IsOn != true))
            throw FrontRefusal.Validation("WarmThroughputMiBps needs mode ON_DEMAND in an account whose MinimumThroughputBillingCommitment is ENABLED.");
        await admin.CreateStreamAsync(name, shards, call.Integer("MaxRecordSizeInKiB"), call.Cancellation).ConfigureAwait(false);
        if (_local?.Stream(name) is { } stream)
        {
            stream.Tags.Add(tags);
            stream.Settings = stream.Settings with { WarmThroughputMiBps = call.Integer("WarmThroughputMiBps") };
        }
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
        AddSettings(answer, description.Summary.StreamName);
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
        AddSettings(answer, stream.StreamName);
        answer.Number("OpenShardCount"u8, stream.OpenShardCount);
        if (stream.ConsumerCount is { } consumers)
            answer.Number("ConsumerCount"u8, consumers);
        if (stream.MaxRecordSizeInKiB is { } size)
            answer.Number("MaxRecordSizeInKiB"u8, size);
        answer.OptionalText("RecordDistributionStrategy"u8, stream.RecordDistributionStrategy);
        answer.EndMap();
        answer.EndMap();
    }

    /// <summary>The members that the ports' shapes do not have.</summary>
    private void AddSettings(BodyWriter answer, string streamName)
    {
        var settings = _local?.Stream(streamName).Settings ?? new();
        answer.OptionalText("KeyId"u8, settings.KeyId);
        answer.EnhancedMonitoring(settings.ShardLevelMetrics);
        answer.WarmThroughput(settings);
    }

    private ValueTask IncreaseRetentionAsync(OperationCall call) =>
        admin.IncreaseStreamRetentionPeriodAsync(call.Stream(), call.Integer("RetentionPeriodHours")!.Value, call.Cancellation);

    private ValueTask DecreaseRetentionAsync(OperationCall call) =>
        admin.DecreaseStreamRetentionPeriodAsync(call.Stream(), call.Integer("RetentionPeriodHours")!.Value, call.Cancellation);

    private ValueTask UpdateStreamModeAsync(OperationCall call) =>
        admin.UpdateStreamModeAsync(call.Text("StreamARN"), call.Value("StreamModeDetails")!.Members["StreamMode"].Text, call.Cancellation);
}
