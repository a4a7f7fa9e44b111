using System.Text;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class EndToEndTests
{
    private const int Keys = 50;

    private readonly VirtualClock _clock = new();
    private readonly LocalKinesis _kinesis;
    private readonly InMemoryLeaseStore _leases = new();
    private readonly Ledger _ledger = new();
    private readonly Dictionary<string, List<string>> _put = [];

    public EndToEndTests() => _kinesis = new LocalKinesis(_clock, new() { WatchesReads = true }).AddStream("orders", shards: 2);

    [Fact]
    public async Task Two_consumers_read_everything_over_a_split_in_the_order_of_each_key()
    {
        using var stop = new CancellationTokenSource();
        await using var first = NewConsumer("worker-1");
        await using var second = NewConsumer("worker-2");
        Task[] running = [first.RunAsync(stop.Token), second.RunAsync(stop.Token)];
        _clock.RunFor(TimeSpan.FromSeconds(40));

        await PutAsync(500);
        _kinesis.Stream("orders").Split(_kinesis.Stream("orders").ShardIds[0]);
        _clock.RunFor(TimeSpan.FromSeconds(5));
        await PutAsync(500);
        _clock.RunUntil(() => _ledger.Count >= 1000, TimeSpan.FromMinutes(3), () => $"{_ledger.Count} records, {string.Join("; ", first.Shards.Concat(second.Shards))}");
        await stop.CancelAsync();
        _clock.RunUntilDone(Task.WhenAll(running), TimeSpan.FromSeconds(30));

        Assert.Equal(1000, _ledger.Count);
        var handled = _ledger.FirstTimesByKey();
        Assert.Equal(_put.Keys.Order(), handled.Keys.Order());
        foreach (var (key, values) in _put)
            Assert.Equal(values, handled[key]);
        Assert.Equal(2, _ledger.Entries.Select(entry => entry.Worker).Distinct().Count());
        Assert.Equal(0, _kinesis.Stream("orders").ReadsAboveLimit);
    }

    private KinesisConsumer NewConsumer(string worker) => new(
        new KinesisConsumerOptions { StreamName = "orders", ApplicationName = "billing", WorkerId = worker },
        _ => new Recorder(_ledger, worker), _kinesis, _leases, null, _clock, new Random(worker.Length));

    private async Task PutAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = $"key-{i % Keys}";
            if (!_put.TryGetValue(key, out var values))
                _put.Add(key, values = []);
            values.Add($"{values.Count}");
            await _kinesis.PutRecordAsync(
                new StreamReference("orders"), new PutRecordsEntry(Encoding.UTF8.GetBytes(values[^1]), key), cancellationToken: TestContext.Current.CancellationToken);
        }
    }
}
