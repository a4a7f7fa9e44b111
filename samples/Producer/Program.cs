// Writes 100,000 records. Without arguments it starts a local Kinesis; "dotnet run -- eu-west-1 my-stream" writes to AWS instead.
using Amazon.Runtime;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Producer;

var failed = 0L;
var options = new KinesisProducerOptions
{
    StreamName = args.Length > 1 ? args[1] : "orders",
    OnRecordFailed = failure => Interlocked.Increment(ref failed),       // every record that is given up, with its reason and attempts
};

await using var server = args.Length > 0 ? null : await LocalKinesisServer.StartAsync(new LocalKinesis().AddStream("orders", shards: 4));
if (server is null)
    options.Connection.Region = args[0];
else
    (options.Connection.ServiceUrl, options.Connection.Credentials) = (server.Endpoint, new BasicAWSCredentials("local", "local"));

await using var producer = new KinesisProducer(options);

for (var i = 0; i < 100_000; i++)
    await producer.EnqueueAsync($"customer-{i % 5_000}", BitConverter.GetBytes(i));   // waits only while the buffer is full
await producer.FlushAsync();                                                          // everything so far has its outcome

var receipt = await producer.SendAsync("customer-42", "paid"u8.ToArray());             // waits until Kinesis has the record
Console.WriteLine($"100,001 records, {failed} failed; the last one is {receipt.SequenceNumber} in {receipt.ShardId}.");
if (server is not null)
    Console.WriteLine($"They are {server.Kinesis.Stream("orders").Records().Count} Kinesis records: the producer packs many into one.");
return failed == 0 ? 0 : 1;
