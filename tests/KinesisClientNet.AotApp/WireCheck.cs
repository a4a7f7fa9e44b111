using System.Text;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.AotApp;

/// <summary>The wire client against the local server: both formats, TLS, enhanced fan-out.</summary>
internal static class WireCheck
{
    /// <summary>Null when all is well.</summary>
    public static async Task<string?> RunAsync()
    {
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis().AddStream("orders", 1), new() { UseTls = true });
        foreach (var format in new[] { KinesisWireFormat.Cbor, KinesisWireFormat.Json })
        {
            await using var client = new KinesisHttpApi(new()
            {
                ServiceUrl = server.TlsEndpoint,
                AllowUntrustedLoopbackCertificate = true,
                Region = "us-east-1",
                Credentials = new BasicAWSCredentials("AKID", "secret"),
                WireFormat = format,
            });
            if (await RunAsync(client, format.ToString()) is { } problem)
                return $"{format}: {problem}";
        }

        return null;
    }

    private static async Task<string?> RunAsync(KinesisHttpApi client, string text)
    {
        var stream = new StreamReference("orders");
        var put = await client.PutRecordsAsync(new(stream, new PutRecordsEntry[] { new(Encoding.UTF8.GetBytes(text), "key") }));
        var iterator = await client.GetShardIteratorAsync(stream, put.Records[0].ShardId!, StartingPosition.At(put.Records[0].SequenceNumber));
        using var page = await client.GetRecordsAsync(new(stream, iterator));
        if (Encoding.UTF8.GetString(page.Records[0].Data.Span) != text)
            return "another record came back";

        var arn = (await client.DescribeStreamSummaryAsync(stream)).StreamArn;
        var consumer = await client.RegisterStreamConsumerAsync(arn, text);
        await using var subscription = await client.SubscribeToShardAsync(consumer.ConsumerArn, put.Records[0].ShardId!, StartingPosition.TrimHorizon);
        await foreach (var shardEvent in subscription)
        {
            using (shardEvent)
                return shardEvent.Records.Count == 0 ? "the subscription brought nothing" : null;
        }

        return "the subscription ended";
    }
}
