using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Leases that change hands while both workers live, and what a crash at any step leaves behind.</summary>
public sealed class HandoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Acceptance: rolling restart of 4 workers and 64 shards, p99 gap in delivery per shard below 1 s (virtual time).</summary>
    [Fact]
    public async Task A_rolling_restart_leaves_no_shard_unread_for_a_second()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(64);
        foreach (var worker in new[] { "a1", "b1", "c1", "d1" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var gaps = new Gaps(fleet);

        foreach (var worker in new[] { "a", "b", "c", "d" })
        {
            var announced = fleet[$"{worker}1"].AnnounceDepartureAsync(Token);
            fleet.Drain($"{worker}1");
            while (!announced.IsCompleted)
                await gaps.StepAsync();
            foreach (var lease in fleet[$"{worker}1"].Owned.Values)
            {
                await fleet[$"{worker}1"].ReleaseAsync(lease, Token);
                await gaps.StepAsync();
            }

            fleet.Start($"{worker}2");
            for (var i = 0; i < 1200; i++)
                await gaps.StepAsync();
        }

        Assert.Equal(64, fleet.HeldByAll().Count);
        Assert.Equal([16, 16, 16, 16], new[] { "a2", "b2", "c2", "d2" }.Select(fleet.Held));
        var sorted = gaps.All.Order().ToList();
        Assert.True(sorted.Count >= 64, $"Only {sorted.Count} leases changed hands: the test does not test.");
        Assert.True(sorted[(int)(sorted.Count * 0.99)] < TimeSpan.FromSeconds(1), $"p99 {sorted[(int)(sorted.Count * 0.99)]}, longest {sorted[^1]}");
    }

    /// <summary>Acceptance: crash at every step of a hand-over, of either side: no lease is left behind.</summary>
    [Theory]
    [InlineData("old")]
    [InlineData("new")]
    [InlineData("both")]
    public async Task A_crash_at_any_moment_of_a_hand_over_leaves_no_lease_behind(string victim)
    {
        for (var moment = 0.0; moment < 34; moment += 1.5)
        {
            await using var fleet = new TestFleet();
            fleet.Api.Create(2);
            fleet.Start("old");
            fleet.Start("new");
            fleet.Start("third", options => options.MaxLeases = int.MaxValue);
            await fleet.AdvanceWithHandoversAsync(moment);

            foreach (var worker in new[] { "old", "new" }.Where(worker => victim == "both" || victim == worker))
                fleet.Crash(worker);

            await fleet.AdvanceWithHandoversAsync(100);
            Assert.Equal(2, fleet.HeldByAll().Count);
            Assert.All((await fleet.TableAsync()).Leases, lease => Assert.False(lease.IsHandingOver));
        }
    }

    /// <summary>Acceptance (story T3): the leader is killed at random; a lease that needs an owner then gets one within two lease periods.</summary>
    [Fact]
    public async Task New_assignments_come_within_two_lease_periods_after_the_leader_was_killed()
    {
        var random = new Random(11);
        for (var run = 0; run < 25; run++)
        {
            await using var fleet = new TestFleet();
            fleet.Api.Create(3);
            foreach (var worker in new[] { "a", "b", "c" })
                fleet.Start(worker);
            await fleet.AdvanceWithHandoversAsync(60 + (random.NextDouble() * 20));
            var leader = (await fleet.Store.ReadLeaderLockAsync(Token))!.Owner;
            var lost = fleet.HeldByAll().First(key => !fleet[leader].Owned.ContainsKey(key));
            var holder = fleet.HolderOf(lost)!;

            fleet.Crash(leader);
            await fleet[holder].ReleaseAsync(fleet[holder].Owned[lost], Token);
            var gap = fleet.AdvanceUntil(() => fleet.OwnerInTable(lost) is { } owner && owner != leader);

            Assert.InRange(gap.TotalSeconds, 0, 20);
        }
    }

    [Fact]
    public async Task A_worker_that_stops_alone_does_not_wait_for_successors()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");

        var announced = fleet["a"].AnnounceDepartureAsync(Token);
        fleet.Drain("a");

        Assert.True(announced.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_departure_without_a_working_store_does_not_fail_the_stop()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        fleet.StoreOf("a").Fault = static (_, _) => StoreFault.Refuse;

        var announced = fleet["a"].AnnounceDepartureAsync(Token);
        fleet.Drain("a");

        Assert.True(announced.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_old_owner_is_asked_to_let_go_only_when_the_new_one_stands_ready()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");
        HeldLease? moving = null;
        fleet.AdvanceUntil(() => (moving = fleet["a"].Owned.Values.FirstOrDefault(lease => lease.HandoverRequested.IsCompleted)) is not null);

        await fleet["a"].ReleaseAsync(moving!, Token);
        var gap = fleet.AdvanceUntil(() => fleet["b"].Owned.ContainsKey(moving!.LeaseKey));

        Assert.InRange(gap.TotalSeconds, 0, 0.4);
        Assert.True(fleet["b"].Owned[moving!.LeaseKey].Epoch > moving.Epoch);
    }

    [Fact]
    public async Task Rows_deleted_at_random_come_back_and_every_hash_key_is_read_again()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(8);
        foreach (var worker in new[] { "a", "b", "c" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var random = new Random(5);
        for (var round = 0; round < 5; round++)
        {
            foreach (var shard in fleet.Api.OpenIds.Where(_ => random.Next(3) == 0))
                await fleet.Store.WriteLeaseAsync(new DeleteLease(shard, OnlyFinished: false), Token);
            await fleet.AdvanceWithHandoversAsync(70);

            Assert.Equal(8, fleet.HeldByAll().Count);
            Assert.Null(HashRangeHole.Find((await fleet.TableAsync()).Leases));
        }
    }

    private sealed class Gaps(TestFleet fleet)
    {
        private readonly Dictionary<string, TimeSpan> _unreadSince = [];

        public List<TimeSpan> All { get; } = [];

        public async Task StepAsync()
        {
            fleet.Advance(0.05);
            await fleet.HandOverAllAsync();
            var now = fleet.Time.GetElapsedTime(0);
            var held = fleet.HeldByAll();
            foreach (var shard in fleet.Api.OpenIds)
            {
                if (!held.Contains(shard))
                    _unreadSince.TryAdd(shard, now - TimeSpan.FromSeconds(0.05));
                else if (_unreadSince.Remove(shard, out var since))
                    All.Add(now - since);
            }
        }
    }
}
