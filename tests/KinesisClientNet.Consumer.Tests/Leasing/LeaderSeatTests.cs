using KinesisClientNet.Consumer.Leasing;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>The leader lock: one leader at a time, found by watching versions.</summary>
public sealed class LeaderSeatTests : IDisposable
{
    private readonly SteppedClock _time = new();
    private readonly InMemoryLeaseStore _inner = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _runs = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    [Fact]
    public void The_first_worker_leads_at_once_and_the_second_does_not()
    {
        var (a, _) = Start("a");
        var (b, _) = Start("b");

        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.True(a.IsLeader);
        Assert.False(b.IsLeader);
    }

    [Fact]
    [Trait("Story", "T3")]
    public void A_dead_leader_is_replaced_within_two_durations()
    {
        var (a, storeOfA) = Start("a");
        var (b, _) = Start("b");
        a.SetFollowers(isAlone: false, deputy: "b");
        _time.Advance(TimeSpan.FromSeconds(60));

        storeOfA.Fault = static (_, _) => StoreFault.Refuse;
        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.True(b.IsLeader);
    }

    [Fact]
    public void There_are_never_two_leaders_while_one_of_them_cannot_reach_the_store()
    {
        var (a, storeOfA) = Start("a");
        var (b, storeOfB) = Start("b");
        var random = new Random(7);
        var changes = 0;
        var before = a.IsLeader;
        for (var i = 0; i < 20_000; i++)
        {
            if (i % 100 == 0)
            {
                var (cut, open) = random.Next(2) == 0 ? (storeOfA, storeOfB) : (storeOfB, storeOfA);
                cut.Fault = static (_, _) => StoreFault.Refuse;
                open.Fault = static (_, _) => StoreFault.None;
            }

            _time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 400)));
            Assert.False(a.IsLeader && b.IsLeader);
            changes += a.IsLeader == before ? 0 : 1;
            before = a.IsLeader;
        }

        Assert.True(changes > 10, $"Only {changes} changes of leader: the test does not test.");
    }

    [Fact]
    public void A_heartbeat_whose_answer_was_lost_does_not_cost_the_seat()
    {
        var (a, store) = Start("a");
        var lost = 0;
        store.Fault = (call, _) => call == "ReplaceLock" && lost++ % 2 == 0 ? StoreFault.LoseAnswer : StoreFault.None;

        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(a.IsLeader);
        }

        Assert.True(lost > 50);
    }

    [Fact]
    public async Task A_java_leader_with_a_long_lock_is_left_alone_until_its_own_duration_is_over()
    {
        Assert.True(await _inner.ReplaceLeaderLockAsync(null, new("java", TimeSpan.FromSeconds(120), "v1"), Token));
        var (a, _) = Start("a");

        _time.Advance(TimeSpan.FromSeconds(119));
        Assert.False(a.IsLeader);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(a.IsLeader);
    }

    [Fact]
    public async Task A_restarted_worker_with_the_same_id_gets_its_seat_back_at_once()
    {
        Assert.True(await _inner.ReplaceLeaderLockAsync(null, new("a", TimeSpan.FromSeconds(120), "v1"), Token));

        var (a, _) = Start("a");

        Assert.True(a.IsLeader);
    }

    [Fact]
    public void A_leader_that_steps_aside_is_replaced_and_comes_back_later()
    {
        var (a, _) = Start("a");
        var (b, storeOfB) = Start("b");

        a.StepAside();
        Assert.False(a.IsLeader);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(b.IsLeader);
        storeOfB.Fault = static (_, _) => StoreFault.Refuse;
        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.True(a.IsLeader);
    }

    /// <summary>Found by simulated seed 2784: the only worker of a fleet stepped aside for four periods after its store had failed, and nobody led.</summary>
    [Fact]
    public void A_leader_that_steps_aside_for_nobody_leads_again_within_a_lease_period()
    {
        var (a, _) = Start("a");
        _time.Advance(TimeSpan.FromSeconds(30));

        a.StepAside();
        Assert.False(a.IsLeader);
        _time.Advance(TimeSpan.FromSeconds(9.1));

        Assert.True(a.IsLeader);
    }

    [Fact]
    public async Task A_stopping_leader_deletes_its_lock()
    {
        Start("a");

        await _stop.CancelAsync();
        await Task.WhenAll(_runs);

        Assert.Null(await _inner.ReadLeaderLockAsync(Token));
    }

    private (LeaderSeat Seat, FaultyLeaseStore Store) Start(string worker)
    {
        var store = new FaultyLeaseStore(_inner);
        var ids = 0;
        var runtime = new LeaseRuntime(_time, new Random(1), () => $"{worker}-{++ids}", NullLogger.Instance);
        var seat = new LeaderSeat(new(worker, store, new(TimeSpan.FromSeconds(10)), _time, (_, _) => { }), runtime);
        _runs.Add(seat.RunAsync(_stop.Token, CancellationToken.None));
        _time.Advance(TimeSpan.Zero);
        return (seat, store);
    }
}
