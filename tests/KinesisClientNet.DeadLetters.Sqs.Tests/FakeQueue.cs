using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.DeadLetters.Sqs.Tests;

/// <summary>
/// An SQS endpoint on a loopback port that speaks SendMessageBatch of the JSON protocol: it checks the call as the service does (signature present, 1 to 10
/// entries with distinct ids, sizes, characters, attributes), answers with the digests that the SDK verifies, and refuses what the test says.
/// </summary>
public sealed class FakeQueue : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<IReadOnlyList<QueueMessage>> _calls = new();

    private FakeQueue(WebApplication app) => _app = app;

    /// <summary>The messages of each call, refused ones too.</summary>
    public IReadOnlyList<IReadOnlyList<QueueMessage>> Calls => [.. _calls];

    /// <summary>The messages that the queue has kept.</summary>
    public ConcurrentQueue<QueueMessage> Kept { get; } = new();

    /// <summary>Gives a message's error code, or null to keep it.</summary>
    public Func<QueueMessage, string?> Refuse { get; set; } = static _ => null;

    /// <summary>Gives the error code of a whole call, or null.</summary>
    public Func<IReadOnlyList<QueueMessage>, string?> RefuseCall { get; set; } = static _ => null;

    /// <summary>Messages that the answer leaves out.</summary>
    public Func<QueueMessage, bool> Forget { get; set; } = static _ => false;

    /// <summary>Holds every call until it is released.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Completes when a call has arrived.</summary>
    public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Url { get; private set; } = "";

    public static async Task<FakeQueue> StartAsync(string name = "letters")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var queue = new FakeQueue(app);
        app.MapPost("/{**path}", queue.HandleAsync);
        await app.StartAsync();
        queue.Url = $"{app.Urls.Single()}/123456789012/{name}";
        return queue;
    }

    public AmazonSQSClient NewClient() => new(
        new BasicAWSCredentials("AKIDEXAMPLE", "secret"),
        new AmazonSQSConfig { ServiceURL = new Uri(Url).GetLeftPart(UriPartial.Authority), AuthenticationRegion = "eu-west-1", MaxErrorRetry = 0 });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        Assert.Equal("AmazonSQS.SendMessageBatch", context.Request.Headers["X-Amz-Target"]);
        Assert.Contains("/eu-west-1/sqs/aws4_request", context.Request.Headers.Authorization.ToString(), StringComparison.Ordinal);
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var messages = body.RootElement.GetProperty("Entries").EnumerateArray().Select(QueueMessage.Read).ToList();
        _calls.Enqueue(messages);
        Arrived.TrySetResult();
        await Gate;
        if (ErrorOf(body.RootElement, messages) is { } error)
        {
            context.Response.StatusCode = 400;
            await AnswerAsync(context, new Dictionary<string, object> { ["__type"] = $"com.amazonaws.sqs#{error}", ["message"] = $"{error} says the queue" });
            return;
        }

        var successful = new List<object>();
        var failed = new List<object>();
        foreach (var message in messages.Where(message => !Forget(message)))
        {
            if (Refuse(message) is { } code)
            {
                failed.Add(new Dictionary<string, object> { ["Id"] = message.Id, ["Code"] = code, ["Message"] = "as the test says", ["SenderFault"] = true });
                continue;
            }

            Kept.Enqueue(message);
            successful.Add(new Dictionary<string, object>
            {
                ["Id"] = message.Id, ["MessageId"] = Guid.NewGuid().ToString(), ["MD5OfMessageBody"] = message.BodyDigest, ["MD5OfMessageAttributes"] = message.AttributeDigest,
            });
        }

        await AnswerAsync(context, new Dictionary<string, object> { ["Successful"] = successful, ["Failed"] = failed });
    }

    private string? ErrorOf(JsonElement request, List<QueueMessage> messages)
    {
        if (request.GetProperty("QueueUrl").GetString() != Url)
            return "QueueDoesNotExist";
        if (messages.Count is 0 or > 10)
            return messages.Count == 0 ? "EmptyBatchRequest" : "TooManyEntriesInBatchRequest";
        if (messages.Select(message => message.Id).Distinct().Count() != messages.Count)
            return "BatchEntryIdsNotDistinct";
        if (messages.Sum(message => message.Bytes) > 1024 * 1024)
            return "BatchRequestTooLong";
        if (messages.Any(message => message.Attributes.Count > 10 || message.Attributes.Values.Any(value => value.Length == 0)))
            return "InvalidAttributeValue";
        if (messages.Any(message => message.Body.Any(character => character < ' ' && character is not ('\t' or '\n' or '\r'))))
            return "InvalidMessageContents";
        return RefuseCall(messages);
    }

    private static Task AnswerAsync(HttpContext context, object answer)
    {
        context.Response.ContentType = "application/x-amz-json-1.0";
        return context.Response.WriteAsync(JsonSerializer.Serialize(answer));
    }
}

/// <summary>A message as it came over the wire.</summary>
public sealed record QueueMessage(string Id, string Body, SortedDictionary<string, string> Attributes, string? GroupId, string? DeduplicationId)
{
    public int Bytes => Encoding.UTF8.GetByteCount(Body) + Attributes.Sum(pair => pair.Key.Length + "String".Length + Encoding.UTF8.GetByteCount(pair.Value));

    public string BodyDigest => Digest(Encoding.UTF8.GetBytes(Body));

    /// <summary>SQS Developer Guide, "Calculating the MD5 message digest for message attributes": names in order; length and bytes of name, type and value; 1 for a string.</summary>
    public string AttributeDigest
    {
        get
        {
            using var buffer = new MemoryStream();
            foreach (var (name, value) in Attributes)
            {
                Write(buffer, name);
                Write(buffer, "String");
                buffer.WriteByte(1);
                Write(buffer, value);
            }

            return Digest(buffer.ToArray());
        }
    }

    public static QueueMessage Read(JsonElement entry) => new(
        entry.GetProperty(nameof(Id)).GetString()!,
        entry.GetProperty("MessageBody").GetString()!,
        new(entry.GetProperty("MessageAttributes").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetProperty("StringValue").GetString()!), StringComparer.Ordinal),
        entry.TryGetProperty("MessageGroupId", out var group) ? group.GetString() : null,
        entry.TryGetProperty("MessageDeduplicationId", out var deduplication) ? deduplication.GetString() : null);

    private static void Write(MemoryStream buffer, string text)
    {
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, Encoding.UTF8.GetByteCount(text));
        buffer.Write(length);
        buffer.Write(Encoding.UTF8.GetBytes(text));
    }

    // The digest is the protocol's, not a matter of security.
#pragma warning disable CA5351
    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}
