using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace KinesisClientNet.Integration.Tests.Rights;

/// <summary>A DynamoDB client that writes down each request as it goes over the wire.</summary>
internal sealed class RecordedDynamoDb : HttpClientFactory
{
    private readonly ConcurrentQueue<Sent> _sent = new();

    public IEnumerable<Sent> Requests => _sent;

    /// <summary>Makes a client; the test disposes it.</summary>
    public IAmazonDynamoDB Client(Uri endpoint) => new AmazonDynamoDBClient(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, HttpClientFactory = this });

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Recorder(_sent));

    /// <summary>A request.</summary>
    /// <param name="Operation">As the API names it.</param>
    /// <param name="Body">Its JSON.</param>
    internal sealed record Sent(string Operation, JsonElement Body)
    {
        public string Table => Body.GetProperty("TableName").GetString()!;

        public bool IsOfIndex => Body.TryGetProperty("IndexName", out _);
    }

    private sealed class Recorder(ConcurrentQueue<Sent> sent) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var target = Assert.Single(request.Headers.GetValues("X-Amz-Target"));
            using var body = JsonDocument.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            sent.Enqueue(new(target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..], body.RootElement.Clone()));
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
