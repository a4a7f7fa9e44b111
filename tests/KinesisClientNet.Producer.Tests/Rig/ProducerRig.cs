using System.Diagnostics;
using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>A producer on the local Kinesis in virtual time. Time moves only by <see cref="PassAsync"/>, and only when nothing is left to do in the present.</summary>
internal sealed class ProducerRig : IAsyncDisposable
{
    internal const string StreamName = "orders";

    private const int QuietLooks = 4;

    private readonly List<KinesisProducer> _producers = [];

    internal ProducerRig(int shards = 4, LocalThrottling throttling = LocalThrottling.Off, Action<LocalKinesisOptions>? local = null)
    {
        var options = new LocalKinesisOptions { Throttling = throttling };
        local?.Invoke(options);
        Api = new FaultyKinesis(new LocalKinesis(Clock, options).AddStream(StreamName, shards), Clock);
    }

    internal ProducerRig(LocalStreamOptions stream) => Api = new FaultyKinesis(new LocalKinesis(Clock).AddStream(StreamName, stream), Clock);

    internal FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    internal FaultyKinesis Api { get; }

    internal LocalStream Stream => Api.Inner.Stream(StreamName);

    internal TestLog Log { get; } = new();

    internal KinesisProducer Create(Action<KinesisProducerOptions>? configure = null, int seed = 1)
    {
        var options = new KinesisProducerOptions { StreamName = StreamName };
        configure?.Invoke(options);
        var producer = new KinesisProducer(options, Api, Log, Clock, new Random(seed));
        _producers.Add(producer);
        return producer;
    }

    /// <summary>
    /// Waits until every producer has done all that it can do without time passing: the thread pool rests, and the producers say so themselves.
    /// </summary>
    internal Task SettleAsync()
    {
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        var spin = default(SpinWait);
        var started = Stopwatch.GetTimestamp();
        for (var quiet = 0; quiet < QuietLooks;)
        {
            quiet = ThreadPoolRest.IsResting && IsQuiet() ? quiet + 1 : 0;
            if (quiet < QuietLooks)
                spin.SpinOnce(sleep1Threshold: -1);
            if (quiet == 0 && Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                Assert.Fail($"The producers never come to rest: {string.Join("; ", _producers.Select(Describe))}; {Api.Waiting} calls wait, {ThreadPoolRest.BusyThreads} threads work.");
        }

        return Task.CompletedTask;
    }

    /// <summary>Lets time pass in steps, each after the present has come to rest.</summary>
    internal async Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        var stepSize = step ?? TimeSpan.FromMilliseconds(5);
        for (var left = time; left > TimeSpan.Zero; left -= stepSize)
        {
            await SettleAsync();
            Clock.Advance(left < stepSize ? left : stepSize);
        }

        await SettleAsync();
    }

    /// <summary>Lets time pass until the task is done; fails after the limit.</summary>
    internal async Task<T> UntilAsync<T>(Task<T> task, TimeSpan? limit = null)
    {
        await UntilAsync((Task)task, limit);
        return await task;
    }

    /// <summary>Lets time pass until the task is done; fails after the limit.</summary>
    internal async Task UntilAsync(Task task, TimeSpan? limit = null)
    {
        var end = Clock.GetUtcNow() + (limit ?? TimeSpan.FromMinutes(5));
        while (!task.IsCompleted)
        {
            Assert.True(Clock.GetUtcNow() < end, "The task did not end in time.");
            await PassAsync(TimeSpan.FromMilliseconds(5));
        }

        await task;
    }

    /// <summary>Everything in the stream, de-aggregated, in order per shard; with a range filter as KCL has it, or without.</summary>
    internal IReadOnlyList<StoredRecord> Stored(bool strictRangeFilter = false)
    {
        var stored = new List<StoredRecord>();
        foreach (var shard in Stream.ListShards())
        {
            foreach (var record in Stream.Records(shard.ShardId))
            {
                var content = new List<AggregatedUserRecord>();
                if (!AggregatedRecordReader.TryRead(record.Data, content))
                {
                    stored.Add(new(shard.ShardId, record.SequenceNumber, 0, record.PartitionKey!, Encoding.UTF8.GetString(record.Data.Span), false));
                    continue;
                }

                if (strictRangeFilter && content.Exists(user => !shard.HashKeyRange.Contains(user.ExplicitHashKey ?? PartitionKeyHash.Compute(user.PartitionKey))))
                    continue;
                stored.AddRange(content.Select((user, i) => new StoredRecord(
                    shard.ShardId, record.SequenceNumber, i, user.PartitionKey, Encoding.UTF8.GetString(user.Data.Span), true)));
            }
        }

        return stored;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var producer in _producers)
            await producer.Pipeline.DisposeAsync();
    }

    private bool IsQuiet() => _producers.TrueForAll(IsResting) &&
        _producers.Sum(producer => producer.Pipeline.Collector.InFlight) == Api.Waiting;

    private static string Describe(KinesisProducer producer) =>
        $"resting {producer.Pipeline.Collector.IsResting}/{producer.Pipeline.IsResting}, {producer.Pipeline.Collector.InFlight} in flight, {producer.PendingRecords} records pending";

    private static bool IsResting(KinesisProducer producer) => producer.Pipeline.IsResting;
}

/// <summary>A user record as a consumer sees it.</summary>
internal sealed record StoredRecord(string ShardId, SequenceNumber SequenceNumber, int Position, string Key, string Text, bool WasAggregated);
