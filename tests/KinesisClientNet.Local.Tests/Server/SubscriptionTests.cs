using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Server;

public sealed class SubscriptionTests
{
    private const string Subscribe =
        """{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000","ShardId":"shardId-000000000000","StartingPosition":{"Type":"LATEST"}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1", "application/x-amz-json-1.1")]
    [InlineData("2.0", "application/x-amz-json-1.1")]
    [InlineData("2.0", "application/x-amz-cbor-1.1")]
    public async Task Events_are_framed_as_the_service_does_after_an_initial_response(string version, string contentType)
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnSubscribe = (_, _, _) => Events(Event(1), End());

        using var response = await OpenAsync(harness, version, contentType);
        var frames = await ReadAllAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/vnd.amazon.eventstream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            [
                "event initial-response {}",
                """event SubscribeToShardEvent {"Records":[{"SequenceNumber":"1","ApproximateArrivalTimestamp":1700000000,"Data":"AQ==","PartitionKey":"k"}],"ContinuationSequenceNumber":"1","MillisBehindLatest":0}""",
                """event SubscribeToShardEvent {"Records":[],"MillisBehindLatest":0,"ChildShards":[{"ShardId":"shardId-000000000001","ParentShards":["shardId-000000000000"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"}}]}""",
            ],
            frames.Select(frame => frame.ToString()));
    }

    [Fact]
    public async Task The_first_frames_are_byte_for_byte_those_of_the_reference()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnSubscribe = (_, _, _) => Events(new ShardEvent([], SequenceNumber.FromBits(0, 1), 0));

        using var response = await OpenAsync(harness, "2.0");

        const string InitialResponse = "0000007200000060ab820d9e0b3a6576656e742d74797065070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b7dacae6b7d";
        const string EmptyEvent = "000000bb000000653fed73bb0b3a6576656e742d74797065070015537562736372696265546f53686172644576656e740d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b225265636f726473223a5b5d2c22436f6e74696e756174696f6e53657175656e63654e756d626572223a2231222c224d696c6c6973426568696e644c6174657374223a307d059dcce5";
        Assert.Equal(InitialResponse + EmptyEvent, Convert.ToHexStringLower(await response.Content.ReadAsByteArrayAsync(Cancellation)));
    }

    [Fact]
    public async Task The_initial_response_arrives_before_the_first_event_exists()
    {
        await using var harness = await ServerHarness.StartAsync();
        var events = Channel.CreateUnbounded<ShardEvent>();
        harness.Kinesis.OnSubscribe = (_, _, _) => events.Reader.ReadAllAsync(CancellationToken.None);
        using var response = await OpenAsync(harness, "2.0");
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);

        var first = await ReadAsync(stream);
        events.Writer.TryWrite(Event(7));
        var second = await ReadAsync(stream);
        events.Writer.Complete();

        Assert.Equal("event initial-response {}", first?.ToString());
        Assert.Contains("\"SequenceNumber\":\"7\"", second?.Payload, StringComparison.Ordinal);
        Assert.Null(await ReadAsync(stream));
    }

    [Fact]
    public async Task An_error_before_the_stream_is_an_ordinary_error()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnSubscribe = (_, _, _) => throw new KinesisApiException(KinesisErrorKind.ResourceInUse, "ResourceInUseException", "In use.", 400);

        Assert.Equal(("ResourceInUseException", "In use."), await harness.RefusalAsync("SubscribeToShard", Subscribe));
    }

    [Fact]
    public async Task An_error_in_the_stream_is_an_exception_message_and_ends_it()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnSubscribe = (_, _, _) => Failing(new(KinesisErrorKind.ResourceInUse, "ResourceInUseException", "Taken over.", 400));

        using var response = await OpenAsync(harness, "2.0");
        var frames = await ReadAllAsync(response);

        Assert.Equal("""exception ResourceInUseException {"message":"Taken over."}""", frames[^1].ToString());
        Assert.Equal(3, frames.Count);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_lost_connection_breaks_the_stream_instead_of_ending_it(string version)
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnSubscribe = (_, _, _) => Failing(new(KinesisErrorKind.Connection, "ConnectionLost", "Injected."));

        using var response = await OpenAsync(harness, version);

        await Assert.ThrowsAnyAsync<Exception>(() => ReadAllAsync(response));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_subscription()
    {
        await using var harness = await ServerHarness.StartAsync();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Kinesis.OnSubscribe = (_, _, _) => Endless(ended);

        (await OpenAsync(harness, "2.0")).Dispose();

        await ended.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Stopping_the_server_ends_its_subscriptions()
    {
        var harness = await ServerHarness.StartAsync(new() { ShutdownTimeout = TimeSpan.FromMinutes(10) });
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Kinesis.OnSubscribe = (_, _, _) => Endless(ended);
        using var response = await OpenAsync(harness, "1.1");

        await harness.DisposeAsync();

        await ended.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task The_service_never_runs_far_ahead_of_a_slow_reader()
    {
        const int EventsInAll = 60, MostAhead = 20; // events of 1.4 MB: what the sockets' buffers hold is below ten of them
        await using var harness = await ServerHarness.StartAsync();
        var produced = 0;
        harness.Kinesis.OnSubscribe = (_, _, _) => Flood();
        using var response = await OpenAsync(harness, "1.1");
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);

        var ahead = 0;
        for (var read = 0; await ReadAsync(stream) is not null; read++)
            ahead = Math.Max(ahead, Volatile.Read(ref produced) - read);

        Assert.Equal(EventsInAll, produced);
        Assert.InRange(ahead, 1, MostAhead);

        async IAsyncEnumerable<ShardEvent> Flood()
        {
            for (var i = 0; i < EventsInAll; i++)
            {
                await Task.Yield();
                Interlocked.Increment(ref produced);
                yield return new ShardEvent([new(SequenceNumber.FromBits(0, 1), DateTimeOffset.UnixEpoch, new byte[1024 * 1024], "k")], SequenceNumber.FromBits(0, 1), 0);
            }
        }
    }

    private static async Task<HttpResponseMessage> OpenAsync(ServerHarness harness, string version, string contentType = "application/x-amz-json-1.1")
    {
        var body = contentType.Contains("cbor", StringComparison.Ordinal) ? CborBody() : Encoding.UTF8.GetBytes(Subscribe);
        var request = harness.Request("SubscribeToShard", body, contentType);
        request.Version = Version.Parse(version);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return await harness.OpenAsync(request);
    }

    private static byte[] CborBody()
    {
        var body = new System.Formats.Cbor.CborWriter();
        body.WriteStartMap(3);
        body.WriteTextString("ConsumerARN");
        body.WriteTextString("arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/billing:1700000000");
        body.WriteTextString("ShardId");
        body.WriteTextString("shardId-000000000000");
        body.WriteTextString("StartingPosition");
        body.WriteStartMap(1);
        body.WriteTextString("Type");
        body.WriteTextString("LATEST");
        body.WriteEndMap();
        body.WriteEndMap();
        return body.Encode();
    }

    private static ShardEvent Event(int number) => new(
        [new(SequenceNumber.FromBits(0, (UInt128)number), DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), new byte[] { 1 }, "k")],
        SequenceNumber.FromBits(0, (UInt128)number),
        0);

    private static ShardEvent End() => new([], null, 0, [new("shardId-000000000001", ["shardId-000000000000"], HashKeyRange.Full)]);

    private static async IAsyncEnumerable<ShardEvent> Events(params ShardEvent[] events)
    {
        foreach (var one in events)
        {
            await Task.Yield();
            yield return one;
        }
    }

    private static async IAsyncEnumerable<ShardEvent> Failing(KinesisApiException error)
    {
        yield return Event(1);
        await Task.Yield();
        throw error;
    }

    private static async IAsyncEnumerable<ShardEvent> Endless(TaskCompletionSource ended, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            yield return Event(1);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    private static async Task<List<Frame>> ReadAllAsync(HttpResponseMessage response)
    {
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        var frames = new List<Frame>();
        while (await ReadAsync(stream) is { } frame)
            frames.Add(frame);
        return frames;
    }

    /// <summary>Reads one message, checks both sums and takes its string headers apart.</summary>
    private static async Task<Frame?> ReadAsync(Stream stream)
    {
        var prelude = new byte[12];
        var read = await stream.ReadAtLeastAsync(prelude, prelude.Length, throwOnEndOfStream: false, Cancellation);
        if (read == 0)
            return null;
        Assert.Equal(prelude.Length, read);
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prelude)];
        prelude.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(12), Cancellation);
        Assert.Equal(Crc32.HashToUInt32(message.AsSpan(0, 8)), BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(8)));
        Assert.Equal(Crc32.HashToUInt32(message.AsSpan(0, message.Length - 4)), BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(message.Length - 4)));

        var headerLength = BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(4));
        var headers = new Dictionary<string, string>();
        for (var rest = message.AsMemory(12, headerLength); !rest.IsEmpty;)
        {
            var nameLength = rest.Span[0];
            var name = Encoding.UTF8.GetString(rest.Span.Slice(1, nameLength));
            Assert.Equal(7, rest.Span[1 + nameLength]);
            var valueLength = BinaryPrimitives.ReadUInt16BigEndian(rest.Span[(2 + nameLength)..]);
            headers[name] = Encoding.UTF8.GetString(rest.Span.Slice(4 + nameLength, valueLength));
            rest = rest[(4 + nameLength + valueLength)..];
        }

        var payload = Encoding.UTF8.GetString(message.AsSpan(12 + headerLength, message.Length - 16 - headerLength));
        return new(headers[":message-type"], headers.GetValueOrDefault(":event-type") ?? headers[":exception-type"], payload);
    }

    private sealed record Frame(string MessageType, string Type, string Payload)
    {
        public override string ToString() => $"{MessageType} {Type} {Payload}";
    }
}
