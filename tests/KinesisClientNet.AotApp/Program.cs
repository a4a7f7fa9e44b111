using System.Text;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

// Published native and run as a smoke test: the wire client and the local server must do without reflection and code made at run time.
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
    var stream = new StreamReference("orders");
    var put = await client.PutRecordsAsync(new(stream, new PutRecordsEntry[] { new(Encoding.UTF8.GetBytes(format.ToString()), "key") }));
    var iterator = await client.GetShardIteratorAsync(stream, put.Records[0].ShardId!, StartingPosition.At(put.Records[0].SequenceNumber));
    using var page = await client.GetRecordsAsync(new(stream, iterator));
    if (Encoding.UTF8.GetString(page.Records[0].Data.Span) != format.ToString())
        return Fail($"{format}: another record came back.");

    var arn = (await client.DescribeStreamSummaryAsync(stream)).StreamArn;
    var consumer = await client.RegisterStreamConsumerAsync(arn, format.ToString());
    await using var subscription = await client.SubscribeToShardAsync(consumer.ConsumerArn, put.Records[0].ShardId!, StartingPosition.TrimHorizon);
    await foreach (var shardEvent in subscription)
    {
        using (shardEvent)
        {
            if (shardEvent.Records.Count == 0)
                return Fail($"{format}: the subscription brought nothing.");
        }

        break;
    }
}

Console.WriteLine("native smoke test passed");
return 0;

static int Fail(string reason)
{
    Console.Error.WriteLine(reason);
    return 1;
}
