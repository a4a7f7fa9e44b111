using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations of enhanced fan-out.</summary>
internal sealed class ConsumerOperations(IKinesisApi kinesis)
{
    public IEnumerable<Operation> All =>
    [
        new("RegisterStreamConsumer", [Member.StreamArn.Required(), Member.ConsumerName.Required(), Member.Tags], RegisterAsync),
        new("DescribeStreamConsumer", [Member.StreamArn, Member.ConsumerName, Member.ConsumerArn], DescribeAsync),
        new("ListStreamConsumers", [Member.StreamArn.Required(), Member.NextToken, Member.PageSize("MaxResults"), Member.StreamCreationTimestamp], ListAsync),
        new("DeregisterStreamConsumer", [Member.StreamArn, Member.ConsumerName, Member.ConsumerArn], DeregisterAsync),
        new("SubscribeToShard", [Member.ConsumerArn.Required(), Member.ShardId.Required(), Member.StartingPosition, Member.DryRun], _ => default)
        {
            Subscribe = SubscribeAsync,
        },
    ];

    private async ValueTask RegisterAsync(OperationCall call)
    {
        var tags = ResourceOperations.TagsOf(call);
        new TagSet($"consumer {call.Text("ConsumerName")}").Add(tags); // refused before anything is made
        var consumer = await kinesis.RegisterStreamConsumerAsync(call.Text("StreamARN"), call.Text("ConsumerName"), call.Cancellation).ConfigureAwait(false);
        if (kinesis is LocalKinesis local)
            local.Streams.FindByArn(consumer.ConsumerArn).Consumers.Find(null, consumer.ConsumerArn).Tags.Add(tags);
        call.Answer.StartMap();
        call.Answer.StartMap("Consumer"u8);
        call.Answer.Consumer(consumer, withStream: false);
        call.Answer.EndMap();
        call.Answer.EndMap();
    }

    private async ValueTask DescribeAsync(OperationCall call)
    {
        var consumer = await FindAsync(call).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.StartMap("ConsumerDescription"u8);
        call.Answer.Consumer(consumer, withStream: true);
        call.Answer.EndMap();
        call.Answer.EndMap();
    }

    private async ValueTask ListAsync(OperationCall call)
    {
        var streamArn = call.Text("StreamARN");
        await ShardOperations.RefuseOtherIncarnationAsync(kinesis, call, new(null, streamArn)).ConfigureAwait(false);
        var page = await kinesis.ListStreamConsumersAsync(streamArn, call.OptionalText("NextToken"), call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.StartList("Consumers"u8);
        foreach (var consumer in page.Consumers)
        {
            call.Answer.StartMap();
            call.Answer.Consumer(consumer, withStream: false);
            call.Answer.EndMap();
        }

        call.Answer.EndList();
        call.Answer.OptionalText("NextToken"u8, page.NextToken);
        call.Answer.EndMap();
    }

    private async ValueTask DeregisterAsync(OperationCall call)
    {
        var consumer = await FindAsync(call).ConfigureAwait(false);
        await kinesis.DeregisterStreamConsumerAsync(consumer.ConsumerArn, call.Cancellation).ConfigureAwait(false);
    }

    private async ValueTask<IShardSubscription> SubscribeAsync(OperationCall call)
    {
        var position = call.Value("StartingPosition")!.Members;
        position.TryGetValue("SequenceNumber", out var sequenceNumber);
        position.TryGetValue("Timestamp", out var timestamp);
        var start = OperationCall.ToPosition(
            position["Type"].Text,
            sequenceNumber is { Kind: WireKind.Text } ? sequenceNumber : null,
            timestamp is { Kind: WireKind.Number } ? timestamp : null);
        if (call.Flag("DryRun"))
        {
            await kinesis.DescribeStreamConsumerAsync(call.Text("ConsumerARN"), call.Cancellation).ConfigureAwait(false);
            throw FrontRefusal.DryRun();
        }

        return await kinesis.SubscribeToShardAsync(call.Text("ConsumerARN"), call.Text("ShardId"), start, call.Cancellation).ConfigureAwait(false);
    }

    /// <summary>A consumer is named by its ARN, or by its stream's ARN and its name; all three may be given when they agree.</summary>
    private async ValueTask<StreamConsumer> FindAsync(OperationCall call)
    {
        var streamArn = call.OptionalText("StreamARN");
        var name = call.OptionalText("ConsumerName");
        if (call.OptionalText("ConsumerARN") is not { } arn)
        {
            return streamArn is not null && name is not null
                ? await kinesis.DescribeStreamConsumerAsync(streamArn, name, call.Cancellation).ConfigureAwait(false)
                : throw FrontRefusal.InvalidArgument("Either ConsumerARN, or StreamARN and ConsumerName, is required.");
        }

        var consumer = await kinesis.DescribeStreamConsumerAsync(arn, call.Cancellation).ConfigureAwait(false);
        var agrees = (name is null || name == consumer.ConsumerName) && (streamArn is null || arn.StartsWith(streamArn + "/", StringComparison.Ordinal));
        return agrees ? consumer : throw FrontRefusal.InvalidArgument("StreamARN, ConsumerName and ConsumerARN do not name the same consumer.");
    }
}
