using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>Registered consumers and SubscribeToShard (over HTTP/2 where there is a wire).</summary>
public sealed class FanOutConformance(Targets targets) : IClassFixture<Targets>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_consumer_is_registered_described_listed_and_removed(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var arn = await kinesis.ArnAsync(await kinesis.CreateStreamAsync(1));

        var consumer = await RegisterAsync(kinesis, arn, "reader");

        Assert.StartsWith($"{arn}/consumer/reader:", consumer.ConsumerArn, StringComparison.Ordinal);
        Assert.Equal(consumer.ConsumerArn, (await kinesis.Api.DescribeStreamConsumerAsync(arn, "reader", Cancelled)).ConsumerArn);
        var page = await kinesis.Api.ListStreamConsumersAsync(arn, cancellationToken: Cancelled);
        Assert.Equal("reader", Assert.Single(page.Consumers).ConsumerName);
        if (!kinesis.Has(Quirk.ConsumerTokenAtTheEnd))
            Assert.Null(page.NextToken);
        var twice = await Assert.ThrowsAsync<KinesisApiException>(() => kinesis.Api.RegisterStreamConsumerAsync(arn, "reader", Cancelled).AsTask());
        Assert.Equal(KinesisErrorKind.ResourceInUse, twice.Kind);

        await kinesis.Api.DeregisterStreamConsumerAsync(consumer.ConsumerArn, Cancelled);
        await Eventually.TrueAsync(async () => await IsGoneAsync(kinesis, consumer.ConsumerArn), "the consumer is gone");
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_subscription_delivers_what_was_there_and_what_comes(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shardId, consumerArn) = await SubscribableAsync(kinesis);
        await kinesis.PutAsync(stream, "k", "before");

        await using var subscription = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, StartingPosition.TrimHorizon, Cancelled);
        await using var events = subscription.GetAsyncEnumerator(Cancelled);
        var received = await ReceiveAsync(events, 1);
        await kinesis.PutAsync(stream, "k", "after");
        received.AddRange(await ReceiveAsync(events, 1));

        Assert.Equal(["before", "after"], received.Select(record => record.Text));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_subscription_goes_on_after_the_last_continuation_without_loss_or_repeat(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, shardId, consumerArn) = await SubscribableAsync(kinesis);
        for (var i = 0; i < 3; i++)
            await kinesis.PutAsync(stream, "k", $"{i}");
        SequenceNumber? continuation = null;
        var received = new List<ReadRecord>();

        await using (var subscription = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, StartingPosition.TrimHorizon, Cancelled))
        await using (var events = subscription.GetAsyncEnumerator(Cancelled))
            received.AddRange(await ReceiveAsync(events, 3, number => continuation = number));
        await kinesis.PutAsync(stream, "k", "3");
        received.AddRange(await ResubscribeAsync(kinesis, consumerArn, shardId, StartingPosition.After(continuation!.Value), 1));

        Assert.Equal(["0", "1", "2", "3"], received.Select(record => record.Text));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task At_a_shards_end_the_last_event_names_the_children_and_the_stream_ends(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        Assert.SkipWhen(kinesis.Has(Quirk.SubscriptionIgnoresShardEnd), $"{target} never ends a subscription at a shard's end (docs/emulators.md, D7).");
        var (stream, shardId, consumerArn) = await SubscribableAsync(kinesis);
        await kinesis.PutAsync(stream, "k", "last");

        await using var subscription = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, StartingPosition.TrimHorizon, Cancelled);
        await kinesis.Admin.SplitShardAsync(stream, shardId, UInt128.One << 127, Cancelled);
        await kinesis.ActiveAsync(stream);
        var texts = new List<string>();
        IReadOnlyList<ChildShard> children = [];
        SequenceNumber? continuation = default(SequenceNumber);
        await foreach (var e in subscription.WithCancellation(Cancelled))
        {
            using (e)
            {
                texts.AddRange(e.Records.Select(record => ReadRecord.From(record).Text));
                (children, continuation) = (e.ChildShards, e.ContinuationSequenceNumber);
            }
        }

        Assert.Equal(["last"], texts);
        Assert.Null(continuation);
        Assert.Equal((await kinesis.OpenShardsAsync(stream)).Select(shard => shard.ShardId), children.OrderBy(child => child.HashKeyRange.Start).Select(child => child.ShardId));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_second_subscription_within_five_seconds_is_refused(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (_, shardId, consumerArn) = await SubscribableAsync(kinesis);
        await using var first = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, StartingPosition.Latest, Cancelled);

        var failure = await SubscriptionFailureAsync(kinesis, consumerArn, shardId);

        // AWS answers the second call in the same second with LimitExceeded, later ones with ResourceInUse.
        Assert.Contains(failure.Kind, new[] { KinesisErrorKind.ResourceInUse, KinesisErrorKind.LimitExceeded, KinesisErrorKind.Throttled });
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_consumer_that_is_not_there_is_NotFound(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (_, shardId, consumerArn) = await SubscribableAsync(kinesis);
        var unknown = consumerArn.Replace("/consumer/reader:", "/consumer/nobody:", StringComparison.Ordinal);

        var failure = await SubscriptionFailureAsync(kinesis, unknown, shardId);

        Assert.Equal(KinesisErrorKind.NotFound, failure.Kind);
    }

    private static async Task<(StreamReference Stream, string ShardId, string ConsumerArn)> SubscribableAsync(KinesisSession kinesis)
    {
        var stream = await kinesis.CreateStreamAsync(1);
        var consumer = await RegisterAsync(kinesis, await kinesis.ArnAsync(stream), "reader");
        return (stream, (await kinesis.ShardsAsync(stream))[0].ShardId, consumer.ConsumerArn);
    }

    private static async Task<StreamConsumer> RegisterAsync(KinesisSession kinesis, string streamArn, string name)
    {
        var consumer = await kinesis.Api.RegisterStreamConsumerAsync(streamArn, name, Cancelled);
        await Eventually.TrueAsync(
            async () => (await kinesis.Api.DescribeStreamConsumerAsync(consumer.ConsumerArn, Cancelled)).ConsumerStatus == "ACTIVE", $"consumer {name} is ACTIVE");
        return consumer;
    }

    private static async Task<bool> IsGoneAsync(KinesisSession kinesis, string consumerArn)
    {
        try
        {
            await kinesis.Api.DescribeStreamConsumerAsync(consumerArn, Cancelled);
            return false;
        }
        catch (KinesisApiException e) when (e.Kind == KinesisErrorKind.NotFound)
        {
            return true;
        }
    }

    private static async Task<List<ReadRecord>> ReceiveAsync(IAsyncEnumerator<ShardEvent> events, int count, Action<SequenceNumber?>? continuation = null)
    {
        var received = new List<ReadRecord>();
        while (received.Count < count)
        {
            Assert.True(await events.MoveNextAsync(), "The subscription ended early.");
            using var current = events.Current;
            received.AddRange(current.Records.Select(ReadRecord.From));
            continuation?.Invoke(current.ContinuationSequenceNumber);
        }

        return received;
    }

    /// <summary>
    /// Subscribes anew and receives. The place of a subscription that was just closed stays taken for a while: five seconds on AWS, up to two
    /// on kinesis-mock, which says so inside the stream (D12).
    /// </summary>
    private static async Task<List<ReadRecord>> ResubscribeAsync(
        KinesisSession kinesis, string consumerArn, string shardId, StartingPosition position, int count)
    {
        List<ReadRecord> received = [];
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await using var subscription = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, position, Cancelled);
                    await using var events = subscription.GetAsyncEnumerator(Cancelled);
                    received = await ReceiveAsync(events, count);
                    return true;
                }
                catch (KinesisApiException e) when (e.Kind is KinesisErrorKind.ResourceInUse or KinesisErrorKind.LimitExceeded or KinesisErrorKind.Throttled)
                {
                    return false;
                }
            },
            "the shard can be subscribed to again");
        return received;
    }

    /// <summary>The error of a subscription: at its opening on AWS, inside the stream on kinesis-mock (D12).</summary>
    private static Task<KinesisApiException> SubscriptionFailureAsync(KinesisSession kinesis, string consumerArn, string shardId) =>
        Assert.ThrowsAsync<KinesisApiException>(async () =>
        {
            await using var subscription = await kinesis.Api.SubscribeToShardAsync(consumerArn, shardId, StartingPosition.Latest, Cancelled);
            await foreach (var e in subscription.WithCancellation(Cancelled))
                e.Dispose();
        });
}
