// Checkpointing by hand: progress is written when the ledger has the records, not when the handler returns. No host, no AWS.
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Local;

var kinesis = new LocalKinesis().AddStream("payments", shards: 2);
var leases = new InMemoryLeaseStore();                           // in AWS: leave it out, and leases live in DynamoDB
var ledger = new Ledger();
for (var i = 0; i < 2_000; i++)
    await kinesis.Stream("payments").PutAsync($"account-{i % 100}", BitConverter.GetBytes(i));

await RunUntilAsync(2_000);                                      // the first run handles everything
for (var i = 2_000; i < 2_100; i++)
    await kinesis.Stream("payments").PutAsync($"account-{i % 100}", BitConverter.GetBytes(i));
await RunUntilAsync(2_100);                                      // the second one starts behind the checkpoints: nothing twice

Console.WriteLine($"{ledger.Entries} entries in the ledger for 2,100 records.");
return ledger.Entries == 2_100 ? 0 : 1;

async Task RunUntilAsync(int entries)
{
    var options = new KinesisConsumerOptions { StreamName = "payments", ApplicationName = "ledger", Checkpoint = { Mode = CheckpointMode.Manual } };
    await using var consumer = new KinesisConsumer(options, shard => new LedgerProcessor(ledger), kinesis, leases);
    using var stop = new CancellationTokenSource();
    var running = consumer.RunAsync(stop.Token);
    await Task.WhenAny(running, ledger.HasAsync(entries));
    await stop.CancelAsync();
    await running;
}

sealed class LedgerProcessor(Ledger ledger) : IShardProcessor   // options.Checkpoint.Mode = CheckpointMode.Manual
{
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        var unsaved = 0;
        foreach (var record in batch)
        {
            await ledger.AppendAsync(record.Data, stopping);
            if (++unsaved < 500) continue;
            await batch.CheckpointAsync(record, stopping);      // up to and including this record
            unsaved = 0;
        }
        await batch.CheckpointAsync(stopping);                   // the whole batch
    }

    public async ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping)
    {
        await ledger.FlushAsync(stopping);
        if (closing.CanCheckpoint)                               // false when the lease is already gone
            await closing.CheckpointAsync(stopping);             // SHARD_END included: nothing to forget
    }
}
