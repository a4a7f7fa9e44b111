using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Whole lease keepers against each other: who ends up with which lease, and when.</summary>
public class FleetTests
{
    protected virtual LeaseRenewal Renewal => LeaseRenewal.PerLease;

    [Fact]
    public async Task A_single_worker_holds_every_lease_at_once()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);

        fleet.Start("a");

        Assert.Equal(4, fleet.Held("a"));
    }

    [Fact]
    public async Task A_worker_that_starts_long_after_its_machine_holds_every_lease_at_once()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Advance(100_000);

        fleet.Start("a");

        Assert.Equal(4, fleet.Held("a"));
    }

    [Fact]
    public async Task A_second_worker_gets_its_half_by_hand_over()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Advance(5);

        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        Assert.Equal((2, 2), (fleet.Held("a"), fleet.Held("b")));
    }

    [Fact]
    public async Task Leases_are_kept_for_hours_without_a_change_of_owner()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        var before = fleet["a"].Owned.Values.Concat(fleet["b"].Owned.Values).ToDictionary(lease => lease.LeaseKey);

        for (var minute = 0; minute < 120; minute++)
            fleet.Advance(60);

        var after = fleet["a"].Owned.Values.Concat(fleet["b"].Owned.Values).ToDictionary(lease => lease.LeaseKey);
        Assert.Equal(4, before.Count);
        Assert.All(before, entry => Assert.Same(entry.Value, after[entry.Key]));
    }

    [Fact]
    public async Task The_leases_of_a_crashed_follower_are_held_by_another_within_three_durations()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        fleet.Crash("b");
        var gap = fleet.AdvanceUntil(() => fleet.Held("a") == 4);

        Assert.InRange(gap.TotalSeconds, 8, 30);
    }

    [Fact]
    public async Task The_leases_of_a_crashed_leader_are_held_by_another_soon()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        fleet.Crash("a");
        var gap = fleet.AdvanceUntil(() => fleet.Held("b") == 4);

        Assert.InRange(gap.TotalSeconds, 8, Renewal == LeaseRenewal.PerLease ? 45 : 60);
    }

    [Fact]
    public async Task A_worker_that_stops_leaves_nothing_behind_and_its_leases_are_taken_without_expiry()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        fleet.Drain("b");
        foreach (var lease in fleet["b"].Owned.Values)
            await fleet["b"].ReleaseAsync(lease, TestContext.Current.CancellationToken);
        await fleet.Ended("b");
        var gap = fleet.AdvanceUntil(() => fleet.Held("a") == 4);

        Assert.InRange(gap.TotalSeconds, 0, 10.5);
        Assert.DoesNotContain((await fleet.TableAsync()).Workers, worker => worker.WorkerId == "b");
    }

    [Fact]
    public async Task A_leader_that_stops_gives_its_seat_up_at_once()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");

        fleet.Drain("a");

        var leader = await fleet.Store.ReadLeaderLockAsync(TestContext.Current.CancellationToken);
        Assert.True(Renewal == LeaseRenewal.PerLease ? leader is null : leader is { IsReleased: true, Renewal: LeaseRenewal.PerWorker });
    }

    [Fact]
    [Trait("Story", "D1")]
    public async Task A_frozen_worker_holds_nothing_when_it_wakes_and_its_checkpoint_is_refused()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        var frozen = fleet["a"].Owned.Values.Single();
        fleet.Start("b");

        fleet.StoreOf("a").Fault = static (_, _) => StoreFault.Refuse;
        fleet.AdvanceUntil(() => fleet.Held("b") == 1);
        fleet.StoreOf("a").Fault = static (_, _) => StoreFault.None;
        var result = await frozen.WriteCheckpointAsync(Core.Sharding.ExtendedSequenceNumber.TrimHorizon, TestContext.Current.CancellationToken);

        Assert.False(frozen.IsHeld);
        Assert.True(frozen.Lost.IsCancellationRequested);
        Assert.False(result.IsApplied);
        Assert.True(fleet["b"].Owned.Values.Single().Epoch > frozen.Epoch);
    }

    [Fact]
    public async Task A_lease_is_not_usable_any_more_before_anybody_else_can_hold_it()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(8);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        fleet.StoreOf("a").Fault = static (_, _) => StoreFault.Refuse;
        for (var i = 0; i < 600; i++)
        {
            fleet.Advance(0.1);
            Assert.Empty(fleet["a"].Owned.Keys.Intersect(fleet["b"].Owned.Keys));
        }

        Assert.Equal(8, fleet.Held("b"));
    }

    [Fact]
    [Trait("Story", "K2")]
    public async Task A_wall_clock_jump_loses_no_lease_and_keeps_none_too_long()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        var held = fleet["a"].Owned;

        fleet.Time.Jump = TimeSpan.FromMinutes(10);
        fleet.Advance(60);
        fleet.Time.Jump = TimeSpan.FromMinutes(-10);
        fleet.Advance(60);

        Assert.Same(held, fleet["a"].Owned);
        Assert.Equal(2, fleet.Held("b"));
    }

    [Fact]
    public async Task A_worker_that_may_not_lead_still_gets_leases()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("follower", options => options.CanLead = false);
        fleet.Advance(30);
        Assert.Equal(0, fleet.Held("follower"));

        fleet.Start("leader");
        await fleet.AdvanceWithHandoversAsync(40);

        Assert.Equal((1, 1), (fleet.Held("follower"), fleet.Held("leader")));
    }

    [Fact]
    public async Task A_hand_over_that_the_old_owner_ignores_is_forced_when_its_time_is_over()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");

        var gap = fleet.AdvanceUntil(() => fleet.Held("b") == 1);

        fleet.Advance(5); // the old owner finds out at its next renewal

        Assert.InRange(gap.TotalSeconds, 40, 85);
        Assert.Equal(1, fleet.Held("a"));
    }

    [Fact]
    [Trait("Story", "S3")]
    public async Task A_row_deleted_by_hand_is_repaired_and_held_again_within_four_durations()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(3);
        fleet.Start("a");
        fleet.Advance(20);

        await fleet.Store.WriteLeaseAsync(new DeleteLease(fleet.Api.All[1].ShardId, OnlyFinished: false), TestContext.Current.CancellationToken);
        if (Renewal == LeaseRenewal.PerLease)
        {
            fleet.Advance(5);
            Assert.Equal(2, fleet.Held("a"));
        }

        var gap = fleet.AdvanceUntil(() => fleet.OwnerInTable(fleet.Api.All[1].ShardId) == "a" && fleet.Held("a") == 3);

        Assert.InRange(gap.TotalSeconds, 0, 35);
        fleet.Advance(10);
        Assert.Equal(3, fleet.Held("a"));
    }

    private TestFleet NewFleet() => new() { Options = { Renewal = Renewal } };
}
