using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations that list shards and change how many there are.</summary>
internal sealed class ShardOperations(IKinesisApi kinesis, IKinesisAdmin admin)
{
    public IEnumerable<Operation> All =>
    [
        new("ListShards", [Member.StreamName, Member.NextToken, Member.Named("ExclusiveStartShardId"), Member.PageSize("MaxResults"), Member.StreamCreationTimestamp, Member.ShardFilter, Member.StreamArn], ListShardsAsync),
        new("SplitShard", [Member.StreamName, Member.Named("ShardToSplit").Required(), Member.HashKey("NewStartingHashKey").Required(), Member.StreamArn], SplitShardAsync),
        new("MergeShards", [Member.StreamName, Member.Named("ShardToMerge").Required(), Member.Named("AdjacentShardToMerge").Required(), Member.StreamArn], MergeShardsAsync),
        new("UpdateShardCount", [Member.StreamName, Member.Integer("TargetShardCount", 1).Required(), Member.Enumeration("ScalingType", "UNIFORM_SCALING").Required(), Member.StreamArn], UpdateShardCountAsync),
    ];

    private async ValueTask ListShardsAsync(OperationCall call)
    {
        var token = call.OptionalText("NextToken");
        var start = call.OptionalText("ExclusiveStartShardId");
        var isNamed = call.Value("StreamName") is not null || call.Value("StreamARN") is not null;
        if (token is not null && (isNamed || start is not null || call.Value("StreamCreationTimestamp") is not null))
        {
            throw FrontRefusal.InvalidArgument(
                "NextToken can not be given together with StreamName, StreamARN, StreamCreationTimestamp or ExclusiveStartShardId.");
        }

        var stream = token is null ? call.Stream() : default;
        await RefuseOtherIncarnationAsync(kinesis, call, stream).ConfigureAwait(false);
        var request = new ListShardsRequest(stream, Filter(call), token, start, call.Integer("MaxResults"));
        var page = await kinesis.ListShardsAsync(request, call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.Shards(page.Shards);
        call.Answer.OptionalText("NextToken"u8, page.NextToken);
        call.Answer.EndMap();
    }

    /// <summary>A creation time tells this stream from an earlier one of the same name.</summary>
    public static async ValueTask RefuseOtherIncarnationAsync(IKinesisApi kinesis, OperationCall call, StreamReference stream)
    {
        if (call.Time("StreamCreationTimestamp") is not { } created)
            return;
        var summary = await kinesis.DescribeStreamSummaryAsync(stream, call.Cancellation).ConfigureAwait(false);
        if (summary.StreamCreationTimestamp.ToUnixTimeSeconds() != created.ToUnixTimeSeconds())
            throw FrontRefusal.NotFound($"Stream {stream} was not created at {created:O}.");
    }

    private static ShardFilter? Filter(OperationCall call)
    {
        if (call.Value("ShardFilter") is not { } filter)
            return null;
        filter.Members.TryGetValue("ShardId", out var shard);
        filter.Members.TryGetValue("Timestamp", out var timestamp);
        var shardId = shard is { Kind: Wire.WireKind.Text } ? shard.Text : null;
        var time = timestamp is { Kind: Wire.WireKind.Number } ? OperationCall.ToTime(timestamp) : null;
        var name = filter.Members["Type"].Text;
        var type = name switch
        {
            "AFTER_SHARD_ID" => ShardFilterType.AfterShardId,
            "AT_TRIM_HORIZON" => ShardFilterType.AtTrimHorizon,
            "FROM_TRIM_HORIZON" => ShardFilterType.FromTrimHorizon,
            "AT_LATEST" => ShardFilterType.AtLatest,
            "AT_TIMESTAMP" => ShardFilterType.AtTimestamp,
            _ => ShardFilterType.FromTimestamp,
        };
        if (type == ShardFilterType.AfterShardId && shardId is null)
            throw FrontRefusal.InvalidArgument("ShardId is required for the shard filter AFTER_SHARD_ID.");
        if (type is ShardFilterType.AtTimestamp or ShardFilterType.FromTimestamp && time is null)
            throw FrontRefusal.InvalidArgument($"Timestamp is required for the shard filter {name}.");
        return new(type, shardId, time);
    }

    private ValueTask SplitShardAsync(OperationCall call) =>
        admin.SplitShardAsync(call.Stream(), call.Text("ShardToSplit"), call.HashKey("NewStartingHashKey")!.Value, call.Cancellation);

    private ValueTask MergeShardsAsync(OperationCall call) =>
        admin.MergeShardsAsync(call.Stream(), call.Text("ShardToMerge"), call.Text("AdjacentShardToMerge"), call.Cancellation);

    private async ValueTask UpdateShardCountAsync(OperationCall call)
    {
        var stream = call.Stream();
        var before = await kinesis.DescribeStreamSummaryAsync(stream, call.Cancellation).ConfigureAwait(false);
        var target = call.Integer("TargetShardCount")!.Value;
        await admin.UpdateShardCountAsync(stream, target, call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.Text("StreamName"u8, before.StreamName);
        call.Answer.Number("CurrentShardCount"u8, before.OpenShardCount);
        call.Answer.Number("TargetShardCount"u8, target);
        call.Answer.Text("StreamARN"u8, before.StreamArn);
        call.Answer.EndMap();
    }
}
