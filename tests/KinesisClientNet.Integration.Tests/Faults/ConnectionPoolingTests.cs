using System.Text;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>Subscriptions of hundreds of shards: a connection takes 100 streams, so there are several, and nobody waits for a free one (KCL: "Acquire operation" time-outs).</summary>
public sealed class ConnectionPoolingTests
{
    private const int Shards = 300;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_hundred_shards_are_subscribed_at_once_over_few_connections()
    {
        var kinesis = new LocalKinesis().AddStream("orders", Shards);
        await using var server = await LocalKinesisServer.StartAsync(kinesis, cancellationToken: Cancelled);
        await using var proxy = Http2Proxy.Start(server.Endpoint);
        await using var api = new KinesisHttpApi(new() { ServiceUrl = proxy.Endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("test", "test") });
        var stream = kinesis.Stream("orders");
        var consumer = await kinesis.RegisterStreamConsumerAsync(stream.Arn, "billing", Cancelled);
        var ranges = (await kinesis.ListShardsAsync(new ListShardsRequest(new("orders")), Cancelled)).Shards;

        var subscriptions = await Task.WhenAll(stream.ShardIds.Select(id => api.SubscribeToShardAsync(consumer.ConsumerArn, id, StartingPosition.TrimHorizon, Cancelled).AsTask()));
        var firsts = subscriptions.Select(FirstAsync).ToList(); // all are open while the records come
        foreach (var shard in ranges)
            await stream.PutAsync("key", Encoding.UTF8.GetBytes(shard.ShardId), shard.HashKeyRange.Start);

        Assert.Equal(ranges.Select(shard => shard.ShardId).Order(), (await Task.WhenAll(firsts)).Order());
        Assert.InRange(proxy.Http2Connections, 3, 12);
        foreach (var subscription in subscriptions)
            await subscription.DisposeAsync();
    }

    private static async Task<string> FirstAsync(IShardSubscription subscription)
    {
        await foreach (var shardEvent in subscription.WithCancellation(Cancelled))
        {
            using (shardEvent)
            {
                if (shardEvent.Records.Count > 0)
                    return Encoding.UTF8.GetString(shardEvent.Records[0].Data.Span);
            }
        }

        return "";
    }
}
