using System.Net.Http.Headers;
using System.Text.Json;
using KinesisClientNet.LoadRig.Measuring;

namespace KinesisClientNet.LoadRig.Producing;

/// <summary>
/// What a team writes on its first day: PutRecords with one entry per record, 500 a call, JSON, through a plain HttpClient, a fixed number of calls
/// at a time. No aggregation, no retry, no signature. The anchor of every ratio.
/// </summary>
internal static class BaselineRun
{
    private const int EntriesPerCall = 500; // the service's limit
    private const int CallsAtATime = 16;

    public static async Task<RunResult> RunAsync(LoadSettings settings, Uri endpoint, CancellationToken cancellationToken)
    {
        using var handler = LoadSettings.Handler();
        using var client = new HttpClient(handler) { BaseAddress = endpoint };
        var payload = settings.Payload();
        await SendAsync(client, settings, payload, settings.Records / 5, cancellationToken);
        GC.Collect();
        var before = ClientUsage.Look();
        var failed = await SendAsync(client, settings, payload, settings.Records, cancellationToken);
        return new("baseline: HttpClient, one entry per record", settings.Records, settings.RecordBytes, ClientUsage.Look() - before, failed);
    }

    private static async Task<long> SendAsync(HttpClient client, LoadSettings settings, byte[] payload, long records, CancellationToken cancellationToken)
    {
        long failed = 0, next = 0;
        var calls = (records + EntriesPerCall - 1) / EntriesPerCall;
        await Task.WhenAll(Enumerable.Range(0, CallsAtATime).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var call && call <= calls)
            {
                var first = (call - 1) * EntriesPerCall;
                Interlocked.Add(ref failed, await CallAsync(client, settings, payload, first, (int)Math.Min(EntriesPerCall, records - first), cancellationToken));
            }
        }));
        return failed;
    }

    private static async Task<int> CallAsync(HttpClient client, LoadSettings settings, byte[] payload, long first, int count, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("StreamName"u8, settings.Stream);
            json.WriteStartArray("Records"u8);
            for (var i = 0; i < count; i++)
            {
                json.WriteStartObject();
                json.WriteBase64String("Data"u8, payload);
                json.WriteString("PartitionKey"u8, settings.Key(first + i));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        using var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content };
        request.Headers.Add("X-Amz-Target", "Kinesis_20131202.PutRecords");
        using var response = await client.SendAsync(request, cancellationToken);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return answer.RootElement.GetProperty("FailedRecordCount").GetInt32();
    }
}
