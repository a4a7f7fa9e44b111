using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Local.Server;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>A running server in front of a scripted or the local service, and raw HTTP requests to it.</summary>
internal sealed class ServerHarness : IAsyncDisposable
{
    public const string Authorization =
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private readonly ScriptedKinesis? _kinesis;

    private ServerHarness(ScriptedKinesis? kinesis, LocalKinesisServer server) => (_kinesis, Server) = (kinesis, server);

    public ScriptedKinesis Kinesis => _kinesis ?? throw new InvalidOperationException("This server stands in front of the local service.");

    public LocalKinesisServer Server { get; }

    public static async Task<ServerHarness> StartAsync(LocalKinesisServerOptions? options = null)
    {
        var kinesis = new ScriptedKinesis();
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        var server = await LocalKinesisServer.StartAsync(kinesis, kinesis, clock, options ?? new(), TestContext.Current.CancellationToken);
        return new(kinesis, server);
    }

    public static async Task<ServerHarness> StartInFrontOfAsync(LocalKinesis kinesis) =>
        new(null, await LocalKinesisServer.StartAsync(kinesis, cancellationToken: TestContext.Current.CancellationToken));

    /// <summary>A signed request for an operation.</summary>
    public HttpRequestMessage Request(string operation, byte[] body, string contentType = "application/x-amz-json-1.1")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Server.Endpoint) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "Kinesis_20131202." + operation);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
        request.Headers.TryAddWithoutValidation("Authorization", Authorization);
        return request;
    }

    public HttpRequestMessage Request(string operation, string json) => Request(operation, Encoding.UTF8.GetBytes(json));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpMessageInvoker? client = null) =>
        (client ?? _client).SendAsync(request, TestContext.Current.CancellationToken);

    /// <summary>Sends and returns at the response's headers.</summary>
    public Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request) =>
        _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> CallAsync(string operation, string json) => SendAsync(Request(operation, json));

    /// <summary>The JSON answer of a call that succeeds.</summary>
    public async Task<JsonElement> AnswerAsync(string operation, string json)
    {
        using var response = await CallAsync(operation, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>A call that succeeds without output.</summary>
    public async Task DoAsync(string operation, string json)
    {
        using var response = await CallAsync(operation, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK && text.Length == 0, $"{response.StatusCode}: {text}");
    }

    /// <summary>The error code and message of a call that is refused with status 400.</summary>
    public async Task<(string Code, string? Message)> RefusalAsync(HttpRequestMessage request)
    {
        using var response = await SendAsync(request);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{response.StatusCode}: {text}");
        var error = JsonDocument.Parse(text).RootElement;
        var code = error.GetProperty("__type").GetString()!;
        Assert.Equal(code, Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")));
        var spelling = code == "SerializationException" ? "Message" : "message";
        return (code, error.TryGetProperty(spelling, out var message) ? message.GetString() : null);
    }

    public Task<(string Code, string? Message)> RefusalAsync(string operation, string json) => RefusalAsync(Request(operation, json));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
    }
}
