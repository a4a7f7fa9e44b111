using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Server;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>The wire client against the server in front of the real local service, in both body formats.</summary>
public sealed class WholeServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(KinesisWireFormat.Cbor, false)]
    [InlineData(KinesisWireFormat.Json, false)]
    [InlineData(KinesisWireFormat.Cbor, true)]
    public async Task A_stream_lives_its_whole_life_over_the_wire(KinesisWireFormat format, bool isSplit)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        await using var server = await LocalKinesisServer.StartAsync(new(clock), cancellationToken: Cancellation);
        await using var client = Client(server, format);
        await client.CreateStreamAsync("orders", 1, cancellationToken: Cancellation);
        var stream = new StreamReference("orders");

        var put = await client.PutRecordsAsync(new(stream, new PutRecordsEntry[] { new("one"u8.ToArray(), "a"), new("two"u8.ToArray(), "b", UInt128.MaxValue) }), Cancellation);
        if (isSplit)
        {
            await client.SplitShardAsync(stream, "shardId-000000000000", UInt128.MaxValue / 2, Cancellation);
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        var iterator = await client.GetShardIteratorAsync(stream, "shardId-000000000000", StartingPosition.TrimHorizon, Cancellation);
        using var page = await client.GetRecordsAsync(new(stream, iterator), Cancellation);

        Assert.Equal(0, put.FailedRecordCount);
        Assert.Equal(["one", "two"], page.Records.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
        Assert.Equal(put.Records.Select(record => record.SequenceNumber), page.Records.Select(record => record.SequenceNumber));
        Assert.Equal(isSplit ? 2 : 0, page.ChildShards.Count);
        Assert.Equal(isSplit, page.NextShardIterator is null);
        await client.DeleteStreamAsync(stream, cancellationToken: Cancellation);
        var gone = await Assert.ThrowsAsync<KinesisApiException>(async () => await client.DescribeStreamSummaryAsync(stream, Cancellation));
        Assert.Equal(KinesisErrorKind.NotFound, gone.Kind);
    }

    [Fact]
    public async Task A_subscription_delivers_ends_at_the_shards_end_and_names_the_children()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis(clock).AddStream("orders", 1), cancellationToken: Cancellation);
        await using var client = Client(server, KinesisWireFormat.Cbor);
        var stream = new StreamReference("orders");
        var arn = (await client.DescribeStreamSummaryAsync(stream, Cancellation)).StreamArn;
        var consumer = await client.RegisterStreamConsumerAsync(arn, "billing", Cancellation);
        await client.PutRecordAsync(stream, new("one"u8.ToArray(), "a"), null, Cancellation);
        await client.SplitShardAsync(stream, "shardId-000000000000", UInt128.MaxValue / 2, Cancellation);

        await using var subscription = await client.SubscribeToShardAsync(consumer.ConsumerArn, "shardId-000000000000", StartingPosition.TrimHorizon, Cancellation);
        var records = new List<string>();
        var children = new List<ChildShard>();
        await foreach (var shardEvent in subscription.WithCancellation(Cancellation))
        {
            records.AddRange(shardEvent.Records.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
            children.AddRange(shardEvent.ChildShards);
        }

        Assert.Equal(["one"], records);
        Assert.Equal(["shardId-000000000001", "shardId-000000000002"], children.Select(child => child.ShardId));
    }

    private static KinesisHttpApi Client(LocalKinesisServer server, KinesisWireFormat format) => new(new()
    {
        ServiceUrl = server.Endpoint,
        Region = "us-east-1",
        Credentials = new Amazon.Runtime.BasicAWSCredentials("000000000000", "secret"),
        WireFormat = format,
    });
}
