using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Leases that change hands while both workers live, and what a crash at any step leaves behind.</summary>
public class HandoverTests
{
    protected virtual LeaseRenewal Renewal => LeaseRenewal.PerLease;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Acceptance: rolling restart of 4 workers and 64 shards, p99 gap in delivery per shard below 1 s (virtual time), no record twice and none skipped: every
    /// successor starts right after the last record of its predecessor.
    /// </summary>
    [Fact]
    [Trait("Story", "G1")]
    public async Task A_rolling_restart_leaves_no_shard_unread_for_a_second_and_repeats_no_record()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(64);
        foreach (var worker in new[] { "a1", "b1", "c1", "d1" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var delivery = new DeliveryModel(fleet);

        foreach (var worker in new[] { "a", "b", "c", "d" })
        {
            var announced = fleet[$"{worker}1"].AnnounceDepartureAsync(Token);
            fleet.Drain($"{worker}1");
            while (!announced.IsCompleted)
                await delivery.StepAsync();
            foreach (var lease in fleet[$"{worker}1"].Owned.Values.OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal))
            {
                await delivery.ReleaseAsync(lease);
                await delivery.StepAsync();
            }

            fleet.Start($"{worker}2");
            for (var i = 0; i < 1200; i++)
                await delivery.StepAsync();
        }

        Assert.Equal(64, fleet.HeldByAll().Count);
        Assert.Equal([16, 16, 16, 16], new[] { "a2", "b2", "c2", "d2" }.Select(fleet.Held));
        var sorted = delivery.Gaps.Order().ToList();
        var p99 = sorted[(int)(sorted.Count * 0.99)];
        TestContext.Current.SendDiagnosticMessage($"{sorted.Count} changes of owner, gap p50 {sorted[sorted.Count / 2]}, p99 {p99}, longest {sorted[^1]}; {delivery.Repeated} records twice");
        Assert.True(sorted.Count >= 64, $"Only {sorted.Count} leases changed hands: the test does not test.");
        Assert.True(p99 < TimeSpan.FromSeconds(1), $"p99 {p99}, longest {sorted[^1]}");
        Assert.Equal(0, delivery.Repeated);
    }

    /// <summary>Acceptance: after a crash exactly the records behind the last checkpoint come again.</summary>
    [Fact]
    public async Task A_crash_repeats_exactly_the_records_that_were_not_checkpointed()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(8);
        foreach (var worker in new[] { "a", "b" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var delivery = new DeliveryModel(fleet);
        for (var i = 0; i < 333; i++)
            await delivery.StepAsync();
        var suffix = delivery.NotCheckpointed(fleet["b"].Owned.Values);

        fleet.Crash("b");
        for (var i = 0; i < 1000; i++)
            await delivery.StepAsync();

        Assert.Equal(8, fleet.Held("a"));
        Assert.True(suffix > 0, "Everything was checkpointed: the test does not test.");
        Assert.Equal(suffix, delivery.Repeated);
    }

    /// <summary>Acceptance: the leader is killed at random; a lease that needs an owner then gets one within two lease periods.</summary>
    [Fact]
    [Trait("Story", "T3")]
    public async Task New_assignments_come_within_two_lease_periods_after_the_leader_was_killed()
    {
        var random = new Random(11);
        for (var run = 0; run < 25; run++)
        {
            await using var fleet = NewFleet();
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

            Assert.InRange(gap.TotalSeconds, 0, Renewal == LeaseRenewal.PerLease ? 20 : 40);
        }
    }

    [Fact]
    public async Task A_worker_that_stops_alone_does_not_wait_for_successors()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");

        var announced = fleet["a"].AnnounceDepartureAsync(Token);
        fleet.Drain("a");

        Assert.True(announced.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_departure_without_a_working_store_does_not_fail_the_stop()
    {
        await using var fleet = NewFleet();
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
        await using var fleet = NewFleet();
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
    [Trait("Story", "S3")]
    public async Task Rows_deleted_at_random_come_back_and_every_hash_key_is_read_again()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(8);
        foreach (var worker in new[] { "a", "b", "c" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var random = new Random(5);
        for (var round = 0; round < 5; round++)
        {
            foreach (var shard in fleet.Api.OpenIds.Where(_ => random.Next(3) == 0))
                await fleet.Store.WriteLeaseAsync(new DeleteLease(shard, OnlyFinished: false), Token);
            // One heartbeat a worker: rows are read at intervals of 30 durations when no checkpoint meets the missing row before.
            await fleet.AdvanceWithHandoversAsync(Renewal == LeaseRenewal.PerLease ? 70 : 370);

            Assert.Equal(8, fleet.HeldByAll().Count);
            Assert.Null(HashRangeHole.Find((await fleet.TableAsync()).Leases));
        }
    }

    private TestFleet NewFleet() => new() { Options = { Renewal = Renewal } };
}
