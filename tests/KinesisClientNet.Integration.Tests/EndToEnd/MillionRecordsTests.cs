using Amazon.Runtime;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Integration.Tests.EndToEnd;

/// <summary>
/// "1,000,000 generated records of 200 B through the full path over loopback finish with 0 lost, 0 out of order per key, memory bounded by the
/// configured budgets": issue 2, acceptance.
/// </summary>
public sealed class MillionRecordsTests(ITestOutputHelper output)
{
    private const int Keys = 1_000;
    private const int PerKey = 1_000;
    private const int RecordBytes = 200;
    private const long MiB = 1024 * 1024;
    private const long ProducerBudgetBytes = 16 * MiB;
    private const long PrefetchBudgetBytes = 16 * MiB;

    /// <summary>What the rest of the process may hold: connections' buffers, pools, the stack of tests.</summary>
    private const long OtherBytes = 64 * MiB;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Story", "M1")]
    public async Task A_million_records_arrive_once_and_in_order_within_the_memory_budgets()
    {
        var baseline = GC.GetTotalMemory(forceFullCollection: true);
        var kinesis = new LocalKinesis().AddStream("million", shards: 8);
        await using var server = await LocalKinesisServer.StartAsync(kinesis, cancellationToken: Cancelled);
        var ledger = new KeyLedger(Keys);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var consumer = Consumer(server, ledger, done);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var consuming = consumer.RunAsync(stop.Token);
        var started = TimeProvider.System.GetTimestamp();

        var peak = await ProduceAsync(server, kinesis, baseline);
        var produced = TimeProvider.System.GetElapsedTime(started);
        await Task.WhenAny(done.Task, consuming).WaitAsync(Limit, Cancelled);
        var consumed = TimeProvider.System.GetElapsedTime(started);
        await stop.CancelAsync();
        await consuming;

        output.WriteLine(
            $"{ledger.Seen:N0} records: produced in {produced.TotalSeconds:F1} s, consumed in {consumed.TotalSeconds:F1} s, " +
            $"peak {peak / MiB} MiB beside the stored records, {ledger.Repeated} repeated");
        Assert.Empty(ledger.Unfinished(PerKey).Take(10));
        Assert.Equal((Keys * PerKey, 0), (ledger.Seen, ledger.OutOfOrder));
        Assert.InRange(peak, 0, ProducerBudgetBytes + PrefetchBudgetBytes + OtherBytes);
    }

    /// <summary>Puts all records and gives the highest live memory seen, without what the service stores.</summary>
    private static async Task<long> ProduceAsync(LocalKinesisServer server, LocalKinesis kinesis, long baseline)
    {
        var failed = 0;
        await using var producer = new KinesisProducer(new()
        {
            StreamName = "million", Connection = Connection(server), KeepKeyOrder = true, ShardRateFactor = 1_000,
            Buffer = { MaxBytes = ProducerBudgetBytes }, OnRecordFailed = _ => Interlocked.Increment(ref failed),
        });
        var keys = Enumerable.Range(0, Keys).Select(key => $"customer-{key}").ToArray();
        long peak = 0;
        for (var place = 0; place < PerKey; place++)
        {
            for (var key = 0; key < Keys; key++)
            {
                var data = new byte[RecordBytes];
                KeyLedger.Write(data, key, place);
                await producer.EnqueueAsync(keys[key], data, Cancelled);
            }

            Assert.InRange(producer.PendingBytes, 0, ProducerBudgetBytes);
            if (place % 200 == 199)
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - baseline - StoredBytes(kinesis));
        }

        await producer.FlushAsync(Cancelled);
        Assert.Equal((0, 0), (producer.PendingRecords, failed));
        return peak;
    }

    private static long StoredBytes(LocalKinesis kinesis) => kinesis.Stream("million").Records().Sum(record => (long)record.Data.Length);

    private static KinesisConsumer Consumer(LocalKinesisServer server, KeyLedger ledger, TaskCompletionSource done) => new(
        new()
        {
            StreamName = "million", ApplicationName = "million", Connection = Connection(server),
            Retrieval =
            {
                PrefetchBytes = PrefetchBudgetBytes,
                // Local enforces no limits here, so that the test is about the path and not about AWS's rates.
                Polling = { MaxReadsPerSecond = 1_000, MaxBytesPerSecond = 1024 * MiB, IdleDelay = TimeSpan.FromMilliseconds(20) },
            },
        },
        _ => new LedgerProcessor(ledger, done), leases: new InMemoryLeaseStore());

    private static KinesisConnectionOptions Connection(LocalKinesisServer server) => new()
    {
        ServiceUrl = server.Endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("test", "test"), AttemptTimeout = TimeSpan.FromSeconds(60),
    };

    private sealed class LedgerProcessor(KeyLedger ledger, TaskCompletionSource done) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            ledger.Take(batch);
            if (ledger.Seen == Keys * PerKey)
                done.TrySetResult();
            return default;
        }
    }
}
