using System.Diagnostics;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;
using KinesisClientNet.Local;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>Enhanced fan-out in one process: how long from the moment that an event of the subscription is here until the handler has its records.</summary>
internal static class EventRun
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task<RunResult> RunAsync(int events, CancellationToken cancellationToken)
    {
        var kinesis = new LocalKinesis();
        kinesis.AddStream(LocalService.Stream, 1);
        var stamped = new StampingApi(kinesis);
        var latencies = new List<double>(events);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new KinesisConsumerOptions
        {
            StreamName = LocalService.Stream, ApplicationName = "events", WorkerId = "events-1", Retrieval = { Mode = RetrievalMode.EnhancedFanOut },
        };
        var before = ClientUsage.Look();
        await using (var consumer = new KinesisConsumer(options, _ => new Watch(Handled), stamped, new InMemoryLeaseStore()))
        {
            var running = consumer.RunAsync(done.Token);
            while (!done.IsCancellationRequested)
            {
                await kinesis.PutRecordsAsync(new(new StreamReference(LocalService.Stream), new PutRecordsEntry[] { new(new byte[200], "key") }), cancellationToken);
                await Task.Delay(Pause, cancellationToken);
            }

            await running;
        }

        return new("event to handler", latencies.Count, 200, ClientUsage.Look() - before, 0, [.. latencies]);

        void Handled()
        {
            latencies.Add(Stopwatch.GetElapsedTime(stamped.LastEventAt).TotalMilliseconds);
            if (latencies.Count == events)
                done.Cancel();
        }
    }

    private sealed class Watch(Action handled) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            handled();
            return default;
        }
    }

    private sealed class StampingApi(IKinesisApi inner) : ForwardingKinesis(inner)
    {
        private long _lastEventAt;

        public long LastEventAt => Volatile.Read(ref _lastEventAt);

        public override async ValueTask<IShardSubscription> SubscribeToShardAsync(
            string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
            new Subscription(await base.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken), this);

        private sealed class Subscription(IShardSubscription inner, StampingApi owner) : IShardSubscription
        {
            public async IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
            {
                await foreach (var shardEvent in inner.WithCancellation(cancellationToken))
                {
                    if (shardEvent.Records.Count > 0)
                        Volatile.Write(ref owner._lastEventAt, Stopwatch.GetTimestamp());
                    yield return shardEvent;
                }
            }

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
