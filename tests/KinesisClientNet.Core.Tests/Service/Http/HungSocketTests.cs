using System.Net.Sockets;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Core.Tests.Service.Http;

/// <summary>Sockets that hang, close and lie (demand L5): the token is honoured at once, the deadline holds, nothing is taken for a success.</summary>
public sealed class HungSocketTests
{
    private const string Summary = """{"StreamDescriptionSummary":{"StreamName":"s","StreamARN":"a","StreamStatus":"ACTIVE"}}""";

    /// <summary>Only a net under the test: nothing takes this long.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 10, 3, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Hangs => ["after the request", "in the head", "in the body"];

    [Theory]
    [MemberData(nameof(Hangs))]
    [Trait("Story", "L5")]
    public async Task A_server_that_hangs_is_left_when_the_deadline_passes(string where)
    {
        var hanging = new TaskCompletionSource();
        await using var server = new LoopbackServer(connection => HangAsync(connection, where, hanging));
        await using var api = Client(server);

        var call = api.PutRecordsAsync(OneRecord(), Token).AsTask();
        await hanging.Task.WaitAsync(Guard, Token);
        _clock.Advance(TimeSpan.FromSeconds(10));

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => call.WaitAsync(Guard, Token));
        Assert.Equal(ErrorCatalogue.RequestTimeout, error.Code);
        Assert.Equal(KinesisErrorKind.Connection, error.Kind);
        Assert.Contains("may have been applied", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Hangs))]
    [Trait("Story", "L5")]
    public async Task The_callers_token_ends_a_hanging_call_without_waiting_for_the_deadline(string where)
    {
        var hanging = new TaskCompletionSource();
        await using var server = new LoopbackServer(connection => HangAsync(connection, where, hanging));
        await using var api = Client(server);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var call = api.PutRecordsAsync(OneRecord(), cancel.Token).AsTask();
        await hanging.Task.WaitAsync(Guard, Token);
        await cancel.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Guard, Token));
        Assert.Equal(cancel.Token, error.CancellationToken);
    }

    [Fact]
    public async Task A_read_that_hangs_is_tried_again_on_a_new_connection()
    {
        var hanging = new TaskCompletionSource();
        await using var server = new LoopbackServer(
            connection => HangAsync(connection, "in the body", hanging),
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.AnswerAsync(Summary);
            });
        await using var api = Client(server);

        var call = api.DescribeStreamSummaryAsync(new("s"), Token).AsTask();
        await hanging.Task.WaitAsync(Guard, Token);
        _clock.Advance(TimeSpan.FromSeconds(10));
        while (!call.IsCompleted && server.Connections < 2)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1)); // the backoff
            await Task.Yield();
        }

        Assert.Equal("ACTIVE", (await call.WaitAsync(Guard, Token)).StreamStatus);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("FIN after the request")]
    [InlineData("RST after the request")]
    [InlineData("FIN in the body")]
    [InlineData("FIN in the head")]
    [Trait("Story", "L5")]
    public async Task A_broken_answer_is_never_taken_for_a_success(string fault)
    {
        await using var server = new LoopbackServer(connection => BreakAsync(connection, fault));
        await using var api = Client(server);

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => api.PutRecordsAsync(OneRecord(), Token).AsTask().WaitAsync(Guard, Token));

        Assert.Equal(ErrorCatalogue.ConnectionLost, error.Code);
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    [Trait("Story", "L5")]
    public async Task A_connection_that_the_server_closed_while_idle_is_not_used_again()
    {
        var closed = new TaskCompletionSource();
        await using var server = new LoopbackServer(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.AnswerAsync(Summary);
                connection.Client.Client.Shutdown(SocketShutdown.Both);
                closed.SetResult();
            },
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.AnswerAsync("""{"FailedRecordCount":0,"Records":[{"ShardId":"shardId-000000000000","SequenceNumber":"1"}]}""");
            });
        await using var api = Client(server);

        await api.DescribeStreamSummaryAsync(new("s"), Token).AsTask().WaitAsync(Guard, Token);
        await closed.Task.WaitAsync(Guard, Token);
        var response = await PutUntilSentAsync(api);

        Assert.True(response.Records[0].Succeeded);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_sent()
    {
        Uri address;
        await using (var server = new LoopbackServer())
            address = server.Address;
        await using var api = Client(address, options => options.MaxAttempts = 1);

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => api.PutRecordsAsync(OneRecord(), Token).AsTask().WaitAsync(Guard, Token));

        Assert.Equal(ErrorCatalogue.ConnectionFailed, error.Code);
        Assert.Contains("Nothing was sent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_never_stands_was_never_sent_over()
    {
        // Accepts, but never answers the TLS handshake.
        await using var server = new LoopbackServer(_ => Task.CompletedTask);
        await using var api = Client(new UriBuilder(server.Address) { Scheme = "https" }.Uri, options => options.MaxAttempts = 1);

        var call = api.PutRecordsAsync(OneRecord(), Token).AsTask();
        await server.Accepted.WaitAsync(Guard, Token);
        _clock.Advance(TimeSpan.FromSeconds(10));

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => call.WaitAsync(Guard, Token));
        Assert.Equal(ErrorCatalogue.ConnectionFailed, error.Code);
        Assert.Contains("Connection.AttemptTimeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_without_a_length_is_read_to_its_end()
    {
        await using var server = new LoopbackServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            foreach (var piece in Summary.Chunk(7))
                await connection.WriteAsync($"{piece.Length:x}\r\n{new string(piece)}\r\n");
            await connection.WriteAsync("0\r\n\r\n");
        });
        await using var api = Client(server);

        Assert.Equal("ACTIVE", (await api.DescribeStreamSummaryAsync(new("s"), Token).AsTask().WaitAsync(Guard, Token)).StreamStatus);
    }

    [Fact]
    public async Task A_body_that_is_announced_too_large_is_refused_unread()
    {
        await using var server = new LoopbackServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
        });
        await using var api = Client(server);

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => api.PutRecordsAsync(OneRecord(), Token).AsTask().WaitAsync(Guard, Token));

        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
    }

    private static async Task HangAsync(LoopbackServer.Connection connection, string where, TaskCompletionSource hanging)
    {
        await connection.ReadRequestAsync();
        if (where == "in the head")
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-");
        else if (where == "in the body")
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 100\r\n\r\n{\"FailedRecordCount\":0");
        hanging.SetResult();
    }

    private static async Task BreakAsync(LoopbackServer.Connection connection, string fault)
    {
        await connection.ReadRequestAsync();
        if (fault == "FIN in the head")
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-");
        else if (fault == "FIN in the body")
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 100\r\n\r\n{\"FailedRecordCount\":0");
        if (fault == "RST after the request")
            connection.Reset();
        else
            connection.Client.Client.Shutdown(SocketShutdown.Both);
    }

    /// <summary>The client may notice the closed connection only when it uses it; a lost put is then reported, and put again by the caller.</summary>
    private static async Task<PutRecordsResponse> PutUntilSentAsync(KinesisHttpApi api)
    {
        while (true)
        {
            try
            {
                return await api.PutRecordsAsync(OneRecord(), Token).AsTask().WaitAsync(Guard, Token);
            }
            catch (KinesisApiException error) when (error.Code == ErrorCatalogue.ConnectionLost)
            {
            }
        }
    }

    private static PutRecordsRequest OneRecord() => new(new("s"), new PutRecordsEntry[] { new(new byte[10], "k") });

    private KinesisHttpApi Client(LoopbackServer server, Action<KinesisConnectionOptions>? configure = null) => Client(server.Address, configure);

    private KinesisHttpApi Client(Uri address, Action<KinesisConnectionOptions>? configure = null)
    {
        var options = new KinesisConnectionOptions
        {
            Region = "us-east-1",
            ServiceUrl = address,
            Credentials = new BasicAWSCredentials("a", "b"),
            UseFips = false,
            UseDualStack = false,
            WireFormat = KinesisWireFormat.Json,
        };
        configure?.Invoke(options);
        return new(options, null, _clock, null, new Random(1));
    }
}
