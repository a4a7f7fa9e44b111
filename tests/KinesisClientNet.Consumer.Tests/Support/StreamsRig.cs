using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>A local service with several streams of two shards, and consumers on it, in virtual time.</summary>
internal sealed class StreamsRig : IAsyncDisposable
{
    private readonly List<(KinesisConsumer Consumer, CancellationTokenSource Stop, Task Running)> _consumers = [];
    private readonly ConcurrentQueue<(string Stream, string Value)> _handled = new();
    private readonly List<LocalStream> _watched = [];

    public StreamsRig(params string[] streams)
    {
        Local = new LocalKinesis(Clock, new() { WatchesReads = true });
        foreach (var stream in streams)
            _watched.Add(Local.AddStream(stream, 2).Stream(stream));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public VirtualClock Clock { get; } = new();

    public LogCapture Log { get; } = new();

    public LocalKinesis Local { get; }

    public InMemoryLeaseStore Leases { get; } = new();

    public IReadOnlyList<(string Stream, string Value)> Handled => [.. _handled];

    public KinesisConsumer Start(string worker, params string[] streams) => Start(worker, options =>
    {
        foreach (var stream in streams)
            options.Streams.Add(new() { StreamName = stream });
    });

    public KinesisConsumer Start(string worker, Action<KinesisConsumerOptions> configure)
    {
        var options = new KinesisConsumerOptions { ApplicationName = "billing", WorkerId = worker, Checkpoint = { MinInterval = TimeSpan.Zero } };
        configure(options);
        var consumer = new KinesisConsumer(options, _ => new Keeper(_handled), Local, Leases, Log, Clock, new Random(7));
        var stop = new CancellationTokenSource();
        _consumers.Add((consumer, stop, consumer.RunAsync(stop.Token)));
        return consumer;
    }

    public async Task PutAsync(string stream, int count, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            await Local.PutRecordAsync(new(stream), new PutRecordsEntry(Encoding.UTF8.GetBytes($"{stream}-{i}"), $"key-{i}"), cancellationToken: Token);
    }

    public void RunUntilHandled(int count) => Clock.RunUntil(
        () => Handled.Distinct().Count() >= count, TimeSpan.FromMinutes(5), () => $"{Handled.Count} of {count}; " + string.Join("; ", _consumers.SelectMany(entry => entry.Consumer.Shards)));

    public void Stop(KinesisConsumer consumer)
    {
        var (_, stop, running) = _consumers.Single(entry => entry.Consumer == consumer);
        stop.Cancel();
        Clock.RunUntilDone(running, TimeSpan.FromMinutes(5));
    }

    /// <summary>The consumer's end, with its error.</summary>
    public async Task EndOf(KinesisConsumer consumer)
    {
        var running = _consumers.Single(entry => entry.Consumer == consumer).Running;
        Clock.RunUntil(() => running.IsCompleted, TimeSpan.FromMinutes(1));
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (consumer, stop, _) in _consumers)
        {
            var disposing = consumer.DisposeAsync().AsTask();
            Clock.RunUntil(() => disposing.IsCompleted, TimeSpan.FromMinutes(5));
            await disposing;
            stop.Dispose();
        }

        // Every test reads within the service's rates: five calls and 2 MiB a second for each shard (demand story H3).
        Assert.All(_watched, stream => Assert.Equal(0, stream.ReadsAboveLimit));
    }

    private sealed class Keeper(ConcurrentQueue<(string Stream, string Value)> handled) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            foreach (var record in batch)
                handled.Enqueue((batch.Shard.Stream.Name!, Encoding.UTF8.GetString(record.Data.Span)));
            return default;
        }
    }
}
