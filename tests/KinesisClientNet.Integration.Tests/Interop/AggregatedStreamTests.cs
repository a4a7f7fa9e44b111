using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Integration.Tests.Conformance;
using KinesisClientNet.Integration.Tests.Emulators;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Integration.Tests.Interop;

/// <summary>
/// "The stream produced is read back identically by a de-aggregator that we did not write (npm aws-kinesis-agg) from kinesis-mock":
/// issue 3, acceptance.
/// </summary>
public sealed class AggregatedStreamTests(KinesisMockFixture kinesisMock)
{
    private static readonly string[] Keys = ["a", "b", "schlüssel", "日本語", "😀", new string('k', 256)];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_that_we_did_not_write_reads_back_what_our_producer_wrote()
    {
        var (endpoint, account) = (await kinesisMock.EndpointAsync(), KinesisMockFixture.NewAccount());
        var connection = new KinesisConnectionOptions
        {
            ServiceUrl = endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials(account, "secret"), AttemptTimeout = TimeSpan.FromSeconds(60),
        };
        var client = new KinesisHttpApi(connection);
        await using var kinesis = new KinesisSession(client, client, Quirk.None, client.DisposeAsync);
        var stream = await kinesis.CreateStreamAsync(2);
        var written = Records().ToList();

        await using (var producer = new KinesisProducer(new() { StreamName = stream.Name, Connection = connection, KeepKeyOrder = true }))
        {
            // Confirmed one by one until the producer has read the shard map: before that it aggregates nothing.
            foreach (var (key, data) in written[..Keys.Length])
                await producer.SendAsync(key, data, Cancelled);
            foreach (var (key, data) in written[Keys.Length..])
                await producer.EnqueueAsync(key, data, Cancelled);
            await producer.FlushAsync(Cancelled);
        }

        var lines = await NodeScript.RunAsync("read-aggregated.cjs", endpoint.ToString(), account, stream.Name!);
        var read = lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.True(read.Select(record => record.GetProperty("sequence").GetString()).Distinct().Count() < read.Count / 2, $"Hardly anything was aggregated: {read.Count} records, first: {string.Join(Environment.NewLine, lines.Take(3))}");
        Assert.Equal(
            written.GroupBy(record => record.Key).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{group.Key}: {string.Join(' ', group.Select(record => Convert.ToBase64String(record.Data)))}"),
            read.GroupBy(record => record.GetProperty("key").GetString()!).OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{group.Key}: {string.Join(' ', group.Select(record => record.GetProperty("data").GetString()))}"));
    }

    private static IEnumerable<(string Key, byte[] Data)> Records()
    {
        for (var i = 0; i < 600; i++)
            yield return (Keys[i % Keys.Length], i % 50 == 0 ? [] : [.. Encoding.UTF8.GetBytes($"record {i}"), (byte)i, 0, 255]);
    }
}
