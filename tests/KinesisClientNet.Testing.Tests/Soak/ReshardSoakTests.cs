using System.Text;
using KinesisClientNet.Consumer;
using KinesisClientNet.Local;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Testing.Tests.Soak;

/// <summary>What a worker keeps must not grow with what has happened to it.</summary>
public class ReshardSoakTests
{
    private const int Pairs = 8;
    private const int Reshards = 5_000;
    private const int LeaderChanges = 500;

    private readonly List<WeakReference> _processors = [];
    private int _handled;

    /// <summary>Demand story M2: after 5,000 reshards and 500 changes of the leader the workers keep no more objects and timers than after the first tenth of them.</summary>
    [Fact]
    [Trait("Story", "M2")]
    public async Task Five_thousand_reshards_and_five_hundred_leaders_leave_nothing_behind()
    {
        var clock = new SteppedTimeProvider();
        var kinesis = new LocalKinesis(clock).AddStream("orders", shards: Pairs * 2);
        var options = new KinesisConsumerOptions { StreamName = "orders", ApplicationName = "soak", Leases = { Duration = TimeSpan.FromSeconds(1) } };
        await using var fleet = await ConsumerHarness.StartAsync(kinesis, options, _ => Remember(new Counter(this)), workers: 2);
        await fleet.LeasesBalancedAsync();
        var (reshards, leaders, put) = (0, 0, 0);
        (int Objects, int Timers) early = default;
        for (var round = 0; reshards < Reshards || leaders < LeaderChanges; round++)
        {
            reshards += Reshard(fleet.Stream, round);
            await fleet.Stream.PutAsync($"key-{round}", Encoding.UTF8.GetBytes($"{round}"));
            put++;
            if (leaders < LeaderChanges)
            {
                await UnseatAsync(fleet);
                leaders++;
            }

            await fleet.CaughtUpAsync();
            if (round == Reshards / Pairs / 10)
                early = await CountAsync(fleet, clock);
        }

        var late = await CountAsync(fleet, clock);

        Assert.InRange(reshards, Reshards, int.MaxValue);
        Assert.InRange(_handled, put, int.MaxValue);
        Assert.InRange(late.Timers, 1, early.Timers);
        Assert.InRange(late.Objects, 1, early.Objects + (early.Objects / 10));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(_processors.Count(static processor => processor.IsAlive), 1, Pairs * 4);
    }

    /// <summary>All pairs are merged in even rounds, and all shards split in odd ones.</summary>
    private static int Reshard(LocalStream stream, int round)
    {
        var open = stream.ShardIds.ToArray();
        if (round % 2 == 1)
        {
            foreach (var shard in open)
                stream.Split(shard);
            return open.Length;
        }

        for (var i = 0; i < open.Length; i += 2)
            stream.Merge(open[i], open[i + 1]);
        return open.Length / 2;
    }

    /// <summary>Somebody deletes the leader's lock; a term ends and another one begins.</summary>
    private static async Task UnseatAsync(ConsumerHarness fleet)
    {
        var seat = await fleet.Leases.Inner.ReadLeaderLockAsync();
        Assert.NotNull(seat);
        Assert.True(await fleet.Leases.Inner.ReplaceLeaderLockAsync(seat, null));
        await fleet.UntilAsync(() => fleet.Leases.Inner.ReadLeaderLockAsync().AsTask().Result is not null, "a new leader");
    }

    /// <summary>At rest, when finished leases are cleaned up and leases are spread as they were.</summary>
    private static async Task<(int Objects, int Timers)> CountAsync(ConsumerHarness fleet, SteppedTimeProvider clock)
    {
        await fleet.AdvanceAsync(TimeSpan.FromMinutes(2));
        await fleet.LeasesBalancedAsync();
        var graph = new ObjectGraph(typeof(LocalKinesis), typeof(LocalStream), typeof(FaultyLeaseStore), typeof(SteppedTimeProvider), typeof(HandledPositions), typeof(ReshardSoakTests));
        for (var worker = 0; worker < fleet.Workers; worker++)
            graph.Add(fleet.Consumer(worker));

        // A worker remembers why shards went away, for its explanations, up to a number of its own. The service remembers its shards for as long as they are retained.
        return (graph.Counts.Where(static entry => !IsTheServices(entry.Key) && !IsBounded(entry.Key)).Sum(static entry => entry.Value), clock.ArmedTimers);
    }

    private static bool IsTheServices(Type type) => type.Assembly == typeof(LocalKinesis).Assembly;

    private static bool IsBounded(Type type) => type.ToString().Contains("ShardSupervisor+Departed", StringComparison.Ordinal);

    private IShardProcessor Remember(IShardProcessor processor)
    {
        lock (_processors)
            _processors.Add(new(processor));
        return processor;
    }

    private sealed class Counter(ReshardSoakTests test) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            Interlocked.Add(ref test._handled, batch.Count);
            return default;
        }
    }
}
