using System.Text;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>One stream, one lease store, virtual time, and consumers on them.</summary>
public sealed class ConsumerRig : IAsyncDisposable
{
    private readonly List<(KinesisConsumer Consumer, CancellationTokenSource Stop, Task Running)> _consumers = [];
    private readonly LocalKinesis _local;

    public ConsumerRig(int shards = 1, Func<LocalKinesis, IKinesisApi>? wrap = null, LocalKinesisOptions? options = null)
    {
        // Every test reads within the service's rates: five calls and 2 MiB a second for each shard (demand story H3). Looked at when the rig is disposed.
        options ??= new();
        options.WatchesReads = true;
        _local = new LocalKinesis(Clock, options).AddStream("orders", shards);
        Api = wrap?.Invoke(_local) ?? _local;
    }

    public VirtualClock Clock { get; } = new();

    public InMemoryLeaseStore Leases { get; } = new();

    public Ledger Ledger { get; } = new();

    public LogCapture Log { get; } = new();

    public IKinesisApi Api { get; }

    /// <summary>The number of each Kinesis record that was put.</summary>
    public List<SequenceNumber> SequenceNumbers { get; } = [];

    public LocalStream Stream => _local.Stream("orders");

    public static KinesisConsumerOptions Options(Action<KinesisConsumerOptions>? change = null)
    {
        var options = new KinesisConsumerOptions { StreamName = "orders", ApplicationName = "billing", Checkpoint = { MinInterval = TimeSpan.Zero } };
        change?.Invoke(options);
        return options;
    }

    public KinesisConsumer Start(
        Func<RecordBatch, CancellationToken, ValueTask>? before = null, Action<KinesisConsumerOptions>? change = null, string worker = "worker-1") =>
        Start(_ => new Recorder(Ledger, worker, before), change, worker);

    public KinesisConsumer Start(
        Func<ShardContext, IShardProcessor> processors, Action<KinesisConsumerOptions>? change = null, string worker = "worker-1", ILeaseStore? leases = null)
    {
        var options = Options(change);
        options.WorkerId = worker;
        var consumer = new KinesisConsumer(options, processors, Api, leases ?? Leases, Log, Clock, new Random(7));
        var stop = new CancellationTokenSource();
        _consumers.Add((consumer, stop, consumer.RunAsync(stop.Token)));
        return consumer;
    }

    /// <summary>Stops a consumer and waits until it is over.</summary>
    public TimeSpan Stop(KinesisConsumer consumer)
    {
        var (_, stop, running) = _consumers.Single(entry => entry.Consumer == consumer);
        var started = Clock.Elapsed;
        stop.Cancel();
        Clock.RunUntilDone(running, TimeSpan.FromMinutes(5), () => string.Join("; ", consumer.Shards));
        return Clock.Elapsed - started;
    }

    public Task Running(KinesisConsumer consumer) => _consumers.Single(entry => entry.Consumer == consumer).Running;

    public void RunUntilHandled(int count, TimeSpan? limit = null) => Clock.RunUntil(
        () => Ledger.Count >= count, limit ?? TimeSpan.FromMinutes(5), () => $"{Ledger.Count} of {count}; " + string.Join("; ", _consumers.SelectMany(entry => entry.Consumer.Shards)));

    /// <summary>Puts plain records <c>key-(i mod keys) = value i</c>.</summary>
    public async Task PutAsync(int count, int keys = 10, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            await PutAsync($"key-{i % keys}", i.ToString());
    }

    public async Task PutAsync(string key, string value) => SequenceNumbers.Add((await _local.PutRecordAsync(
        new StreamReference("orders"), new PutRecordsEntry(Encoding.UTF8.GetBytes(value), key), cancellationToken: TestContext.Current.CancellationToken)).SequenceNumber);

    /// <summary>Puts one aggregated record.</summary>
    public async Task PutAggregateAsync(params (string Key, string Value)[] records)
    {
        using var writer = new AggregatedRecordWriter();
        foreach (var (key, value) in records)
            writer.Append(Encoding.UTF8.GetBytes(key), null, Encoding.UTF8.GetBytes(value));
        var bytes = new byte[writer.SerializedBytes];
        writer.WriteTo(bytes);
        SequenceNumbers.Add((await _local.PutRecordAsync(
            new StreamReference("orders"), new PutRecordsEntry(bytes, records[0].Key), cancellationToken: TestContext.Current.CancellationToken)).SequenceNumber);
    }

    public async Task<Lease> LeaseAsync(string? shardId = null) =>
        (await Leases.ReadLeaseAsync(shardId ?? Stream.ShardIds[0], TestContext.Current.CancellationToken))!;

    public async ValueTask DisposeAsync()
    {
        foreach (var (consumer, stop, _) in _consumers)
        {
            var disposing = consumer.DisposeAsync().AsTask();
            Clock.RunUntil(() => disposing.IsCompleted, TimeSpan.FromMinutes(5));
            await disposing;
            stop.Dispose();
        }

        Assert.Equal(0, Stream.ReadsAboveLimit);
        Assert.DoesNotContain(Log.Entries, entry => entry.Text.Contains("(null)", StringComparison.Ordinal));
    }
}
