using System.Runtime.CompilerServices;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Retrieval.FanOut;

/// <summary>How a subscription breaks.</summary>
public enum EventFault
{
    /// <summary>The connection breaks before the event.</summary>
    Reset,

    /// <summary>The stream ends before the event, as if the service closed it.</summary>
    End,

    /// <summary>Nothing comes any more, until the token says so.</summary>
    Stall,

    /// <summary>Nothing comes any more, and the token is not honoured.</summary>
    Hang,
}

/// <summary>Stands before another Kinesis: counts subscriptions, writes down what was asked and refused, and breaks what a test tells it to break.</summary>
internal sealed class WatchedKinesis(IKinesisApi inner, TimeProvider time) : ForwardingKinesis(inner)
{
    private int _open;

    /// <summary>Each SubscribeToShard: when, from where, what came of it.</summary>
    public List<(DateTimeOffset At, string ConsumerArn, string ShardId, StartingPosition Position, string? Refusal)> Subscribes { get; } = [];

    /// <summary>Names of the other calls.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Subscriptions that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Thrown instead of the call with the given number of its operation, from 1; null lets it through.</summary>
    public Func<string, int, Exception?>? Refuse { get; set; }

    /// <summary>What becomes of the given event of the given subscription (both from 0): null goes through.</summary>
    public Func<int, int, EventFault?>? Break { get; set; }

    /// <summary>Changes an event on its way.</summary>
    public Func<ShardEvent, ShardEvent>? Change { get; set; }

    public override async ValueTask<IShardSubscription> SubscribeToShardAsync(
        string consumerArn, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        int number;
        lock (Subscribes)
        {
            number = Subscribes.Count;
            Subscribes.Add((time.GetUtcNow(), consumerArn, shardId, position, null));
        }

        try
        {
            if (Refuse?.Invoke("SubscribeToShard", number + 1) is { } refusal)
                throw refusal;
            var subscription = await base.SubscribeToShardAsync(consumerArn, shardId, position, cancellationToken);
            Interlocked.Increment(ref _open);
            return new Watched(this, subscription, number);
        }
        catch (KinesisApiException error)
        {
            lock (Subscribes)
                Subscribes[number] = Subscribes[number] with { Refusal = error.Code };
            throw;
        }
    }

    public override ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default) =>
        Call("DescribeStreamSummary", () => base.DescribeStreamSummaryAsync(stream, cancellationToken));

    public override ValueTask<StreamConsumer> RegisterStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        Call("RegisterStreamConsumer", () => base.RegisterStreamConsumerAsync(streamArn, consumerName, cancellationToken));

    public override ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string streamArn, string consumerName, CancellationToken cancellationToken = default) =>
        Call("DescribeStreamConsumer", () => base.DescribeStreamConsumerAsync(streamArn, consumerName, cancellationToken));

    public override ValueTask<StreamConsumer> DescribeStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) =>
        Call("DescribeStreamConsumer", () => base.DescribeStreamConsumerAsync(consumerArn, cancellationToken));

    public override async ValueTask DeregisterStreamConsumerAsync(string consumerArn, CancellationToken cancellationToken = default) => await Call("DeregisterStreamConsumer", async () =>
    {
        await base.DeregisterStreamConsumerAsync(consumerArn, cancellationToken);
        return true;
    });

    public override ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default) =>
        Call("ListShards", () => base.ListShardsAsync(request, cancellationToken));

    public override ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default) =>
        Call("GetRecords", () => base.GetRecordsAsync(request, cancellationToken));

    public override ValueTask<string> GetShardIteratorAsync(StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default) =>
        Call("GetShardIterator", () => base.GetShardIteratorAsync(stream, shardId, position, cancellationToken));

    private ValueTask<T> Call<T>(string operation, Func<ValueTask<T>> call)
    {
        int number;
        lock (Calls)
        {
            Calls.Add(operation);
            number = Calls.Count(name => name == operation);
        }

        return Refuse?.Invoke(operation, number) is { } refusal ? ValueTask.FromException<T>(refusal) : call();
    }

    private sealed class Watched(WatchedKinesis kinesis, IShardSubscription inner, int number) : IShardSubscription
    {
        private int _isClosed;

        public IAsyncEnumerator<ShardEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) => ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
                Interlocked.Decrement(ref kinesis._open);
            await inner.DisposeAsync();
        }

        private async IAsyncEnumerable<ShardEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var index = 0;
            await foreach (var shardEvent in inner.WithCancellation(cancellationToken))
            {
                switch (kinesis.Break?.Invoke(number, index++))
                {
                    case EventFault.Reset: throw new KinesisApiException(KinesisErrorKind.Connection, "ConnectionLost", "reset by the test");
                    case EventFault.End: yield break;
                    case EventFault.Stall: await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken); break;
                    case EventFault.Hang: await new TaskCompletionSource().Task; break;
                }

                yield return kinesis.Change?.Invoke(shardEvent) ?? shardEvent;
            }
        }
    }
}
