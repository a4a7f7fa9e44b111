using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Tests.Service.Http;

namespace KinesisClientNet.Core.Tests.Service;

/// <summary>Stands where the sockets would: records each request, answers from a script.</summary>
internal sealed class FakeService : HttpMessageHandler
{
    private readonly ConcurrentQueue<Func<SentRequest, CancellationToken, Task<HttpResponseMessage>>> _script = new();

    public List<SentRequest> Requests { get; } = [];

    public InstantClock Clock { get; } = new(new DateTimeOffset(2026, 10, 3, 12, 0, 0, TimeSpan.Zero));

    public sealed record SentRequest(string Target, byte[] Body, Dictionary<string, string> Headers, Uri Uri, Version Version)
    {
        public string Text => Encoding.UTF8.GetString(Body);
    }

    public FakeService Answers(Func<SentRequest, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    public FakeService Answers(byte[] body, string contentType = "application/x-amz-json-1.1", int status = 200, params (string Name, string Value)[] headers) =>
        Answers((_, _) => Task.FromResult(Response(body, contentType, status, headers)));

    public FakeService Answers(string json, int status = 200, params (string Name, string Value)[] headers) =>
        Answers(Encoding.UTF8.GetBytes(json), "application/x-amz-json-1.1", status, headers);

    public FakeService Fails(string code, int status = 400, params (string Name, string Value)[] headers) =>
        Answers($$"""{"__type":"{{code}}","message":"because"}""", status, headers);

    public static HttpResponseMessage Response(byte[] body, string contentType, int status, params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(body) };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        response.Headers.TryAddWithoutValidation("x-amzn-RequestId", "request-1");
        foreach (var (name, value) in headers)
            response.Headers.TryAddWithoutValidation(name, value);
        return response;
    }

    public KinesisHttpApi Client(Action<KinesisConnectionOptions>? configure = null)
    {
        var options = new KinesisConnectionOptions
        {
            Region = "eu-west-1",
            ServiceUrl = new Uri("http://kinesis.test:4567/"),
            Credentials = new BasicAWSCredentials("AKID", "secret"),
            WireFormat = KinesisWireFormat.Json,
            AttemptTimeout = TimeSpan.FromMinutes(2), // longer than what InstantClock cuts short
        };
        configure?.Invoke(options);
        return new(options, null, Clock, this, new Random(7));
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var headers = request.Headers.Concat(request.Content.Headers).ToDictionary(pair => pair.Key, pair => string.Join(",", pair.Value), StringComparer.OrdinalIgnoreCase);
        var sent = new SentRequest(headers["X-Amz-Target"], body, headers, request.RequestUri!, request.Version);
        lock (Requests)
            Requests.Add(sent);
        return _script.TryDequeue(out var answer)
            ? await answer(sent, cancellationToken)
            : throw new InvalidOperationException("The fake service has no answer left for " + sent.Target);
    }
}
