using System.Net;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Service.EventStream;

public sealed class ShardSubscriptionTests
{
    private const string ConsumerArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/billing:1700000000";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_call_goes_out_over_HTTP_2_in_JSON()
    {
        var service = Serving();
        await using var api = service.Client(options => options.WireFormat = KinesisWireFormat.Cbor);

        await using var subscription = await api.SubscribeToShardAsync(ConsumerArn, "shardId-000000000001", StartingPosition.After(SequenceNumber.Parse("9")), Token);

        Assert.Equal(HttpVersion.Version20, service.Requests[0].Version);
        Assert.Equal(
            $$$"""{"ConsumerARN":"{{{ConsumerArn}}}","ShardId":"shardId-000000000001","StartingPosition":{"Type":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"9"}}""",
            service.Requests[0].Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_are_read_with_and_without_an_initial_response(bool hasInitialResponse)
    {
        var events = await ReadAllAsync(Stream(stream =>
        {
            if (hasInitialResponse)
                EventStreamWriter.WriteEvent(stream, "initial-response", "{}"u8);
            WriteEvent(stream, """{"Records":[{"SequenceNumber":"5","Data":"aGVsbG8=","PartitionKey":"k","ApproximateArrivalTimestamp":1700000000.5}],"ContinuationSequenceNumber":"6","MillisBehindLatest":3}""");
            EventStreamWriter.WriteEvent(stream, "SomethingNew", "{}"u8);
            WriteEvent(stream, """{"Records":[],"ContinuationSequenceNumber":null,"MillisBehindLatest":0,"ChildShards":[{"ShardId":"c","ParentShards":["p"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"1"}}]}""");
        }));

        Assert.Equal(2, events.Count);
        Assert.Equal("hello"u8.ToArray(), events[0].Records[0].Data.ToArray());
        Assert.Equal(SequenceNumber.Parse("6"), events[0].ContinuationSequenceNumber);
        Assert.Equal(3, events[0].MillisBehindLatest);
        Assert.Null(events[1].ContinuationSequenceNumber);
        Assert.Equal("c", Assert.Single(events[1].ChildShards).ShardId);
    }

    [Fact]
    public async Task An_event_of_megabytes_comes_whole()
    {
        var payload = new byte[3_000_000];
        new Random(5).NextBytes(payload);

        var events = await ReadAllAsync(Stream(stream => WriteEvent(
            stream, $$"""{"Records":[{"SequenceNumber":"5","Data":"{{Convert.ToBase64String(payload)}}"}],"ContinuationSequenceNumber":"6","MillisBehindLatest":0}""")));

        Assert.Equal(payload, events[0].Records[0].Data.ToArray());
    }

    [Theory]
    [InlineData("ResourceInUseException", KinesisErrorKind.ResourceInUse)]
    [InlineData("KMSThrottlingException", KinesisErrorKind.Throttled)]
    [InlineData("InternalFailureException", KinesisErrorKind.ServiceFault)]
    [InlineData("ResourceNotFoundException", KinesisErrorKind.NotFound)]
    public async Task An_exception_inside_the_stream_is_an_error_of_the_service(string type, KinesisErrorKind kind)
    {
        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ReadAllAsync(Stream(
            stream => EventStreamWriter.WriteException(stream, type, """{"message":"because"}"""u8))));

        Assert.Equal(kind, error.Kind);
        Assert.Equal(type, error.Code);
        Assert.Equal("request-1", error.RequestId);
        Assert.Contains("because", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unmodelled_error_inside_the_stream_is_an_error_too()
    {
        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ReadAllAsync(Stream(stream => EventStreamWriter.Write(
            stream, [new(":message-type", "error"), new(":error-code", "InternalServerError"), new(":error-message", "broken")], []))));

        Assert.Equal(KinesisErrorKind.ServiceFault, error.Kind);
        Assert.Contains("broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Story", "E4")]
    public async Task A_cut_anywhere_inside_a_message_is_an_error_and_at_its_edge_an_end()
    {
        var first = Stream(stream => WriteEvent(stream, """{"Records":[],"ContinuationSequenceNumber":"1","MillisBehindLatest":0}"""));
        byte[] both = [.. first, .. first];

        for (var length = 0; length <= both.Length; length++)
        {
            if (length % first.Length == 0)
            {
                Assert.Equal(length / first.Length, (await ReadAllAsync(both[..length])).Count);
                continue;
            }

            var error = await Assert.ThrowsAsync<KinesisApiException>(() => ReadAllAsync(both[..length]));
            Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
            Assert.True(error.IsTransient);
        }
    }

    [Fact]
    public void A_damaged_stream_gives_events_or_a_malformed_answer_and_never_anything_else()
    {
        var good = Stream(stream =>
        {
            EventStreamWriter.WriteEvent(stream, "initial-response", "{}"u8);
            for (var i = 0; i < 3; i++)
                WriteEvent(stream, $$"""{"Records":[{"SequenceNumber":"{{i}}","Data":"YWJj"}],"ContinuationSequenceNumber":"{{i}}","MillisBehindLatest":0}""");
        });
        Gen.Int.Sample(seed =>
        {
            var random = new Random(seed);
            var bytes = (byte[])good.Clone();
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            var error = Assert.Throws<KinesisApiException>(() => ReadAllAsync(bytes).GetAwaiter().GetResult());
            Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
        }, iter: 300);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("""{"Records":[{"Data":"YQ=="}]}""")]
    public async Task An_event_without_sense_is_malformed(string payload)
    {
        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ReadAllAsync(Stream(stream => WriteEvent(stream, payload))));
        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
    }

    [Fact]
    public async Task A_refused_subscription_is_an_error_of_the_service()
    {
        var service = new FakeService().Fails("ResourceInUseException");
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token));

        Assert.Equal(KinesisErrorKind.ResourceInUse, error.Kind);
        Assert.Single(service.Requests); // the consumer decides when to come again
    }

    [Fact]
    public async Task The_connection_breaking_is_an_error_and_the_token_ends_the_wait()
    {
        var service = new FakeService()
            .Answers((_, _) => Task.FromResult(Response(new FaultyStream(new IOException("reset")))))
            .Answers((_, _) => Task.FromResult(Response(new FaultyStream(null))));
        await using var api = service.Client();
        await using var broken = await api.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token);
        await using var silent = await api.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token);
        using var cancel = new CancellationTokenSource();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await broken.GetAsyncEnumerator(Token).MoveNextAsync());
        var waiting = silent.GetAsyncEnumerator(cancel.Token).MoveNextAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();

        Assert.Equal(ErrorCatalogue.ConnectionLost, error.Code);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task It_can_be_enumerated_once_and_not_after_disposal()
    {
        await using var api = Serving().Client();
        var subscription = await api.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token);
        await using (var once = subscription.GetAsyncEnumerator(Token))
            Assert.False(await once.MoveNextAsync());
        Assert.Throws<InvalidOperationException>(() => subscription.GetAsyncEnumerator(Token));

        await using var other = Serving().Client();
        var disposed = await other.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token);
        await disposed.DisposeAsync();
        await disposed.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await disposed.GetAsyncEnumerator(Token).MoveNextAsync());
    }

    private static byte[] Stream(Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteEvent(PooledBuffer stream, string payload) =>
        EventStreamWriter.WriteEvent(stream, "SubscribeToShardEvent", Encoding.UTF8.GetBytes(payload));

    private static FakeService Serving(params byte[] stream) => new FakeService().Answers(stream, "application/vnd.amazon.eventstream");

    private static async Task<List<ShardEvent>> ReadAllAsync(byte[] stream)
    {
        await using var api = Serving(stream).Client();
        await using var subscription = await api.SubscribeToShardAsync(ConsumerArn, "s", StartingPosition.Latest, Token);
        var events = new List<ShardEvent>();
        await foreach (var shardEvent in subscription.WithCancellation(Token))
            events.Add(shardEvent);
        return events;
    }

    private static HttpResponseMessage Response(Stream body) => new(HttpStatusCode.OK) { Content = new StreamContent(body) };

    /// <summary>Fails on reading, or never answers until the token ends it.</summary>
    private sealed class FaultyStream(Exception? failure) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (failure is not null)
                throw failure;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }
    }
}
