using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>One heartbeat for all leases of a worker: fencing and expiry are as strict as with a renewal for each lease.</summary>
public sealed class PerWorkerRenewalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_row_proves_all_leases_and_the_leases_rows_stand_still()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(20);
        fleet.Start("a");
        fleet.Advance(30);
        var before = await fleet.TableAsync();
        fleet.StoreOf("a").Calls.Clear();

        fleet.Advance(120);

        var after = await fleet.TableAsync();
        Assert.Equal(20, fleet.Held("a"));
        Assert.Equal(before.Leases.Select(lease => lease.Counter), after.Leases.Select(lease => lease.Counter));
        Assert.False(fleet.StoreOf("a").Calls.ContainsKey("RenewLease"));
        Assert.InRange(fleet.StoreOf("a").Calls["WriteHeartbeat"], 25, 35);
    }

    /// <summary>Story D1: a worker frozen for longer than its leases live delivers and writes nothing when it wakes, for any length of the freeze.</summary>
    [Fact]
    [Trait("Story", "D1")]
    public async Task A_frozen_worker_holds_nothing_when_it_wakes_and_writes_nothing()
    {
        for (var seconds = 9.5; seconds < 31; seconds += 2.3)
        {
            await using var fleet = NewFleet();
            fleet.Api.Create(4);
            fleet.Start("a");
            fleet.Advance(7.7);
            var held = fleet["a"].Owned.Values.ToList();
            Assert.All(held, lease => Assert.True(lease.IsHeld));
            var checkpoints = (await fleet.TableAsync()).Leases.Select(lease => lease.Checkpoint).ToList();

            fleet.Time.FreezeWithoutTimers(TimeSpan.FromSeconds(seconds));

            Assert.All(held, lease => Assert.False(lease.IsHeld));
            foreach (var lease in held)
                Assert.False((await lease.WriteCheckpointAsync(ExtendedSequenceNumber.ShardEnd, Token)).IsApplied);
            Assert.False(fleet.StoreOf("a").Calls.ContainsKey("CheckpointLease"));
            Assert.Equal(checkpoints, (await fleet.TableAsync()).Leases.Select(lease => lease.Checkpoint));

            fleet.Advance(1);
            Assert.All(held, lease => Assert.False(lease.IsHeld));
            fleet.Advance(20);
            Assert.Equal(4, fleet.Held("a"));
            Assert.All(fleet["a"].Owned.Values, lease => Assert.True(lease.Epoch > held.Single(old => old.LeaseKey == lease.LeaseKey).Epoch));
        }
    }

    [Fact]
    public async Task A_silent_worker_is_buried_before_its_leases_move_so_that_no_late_heartbeat_brings_them_back()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        var lost = fleet["b"].Owned.Values.ToList();
        var beat = (await fleet.TableAsync()).Heartbeats.Single(heartbeat => heartbeat.WorkerId == "b");

        fleet.StoreOf("b").Fault = static (_, _) => StoreFault.Refuse;
        fleet.AdvanceUntil(() => fleet.Held("a") == 4);
        var late = await fleet.Store.WriteHeartbeatAsync(beat, beat with { Counter = beat.Counter + 1 }, Token);

        Assert.False(late.IsApplied);
        Assert.Null(late.Heartbeat);
        Assert.All(lost, lease => Assert.True(lease.Lost.IsCancellationRequested));
        Assert.All(fleet["a"].Owned.Values.Where(lease => lost.Exists(old => old.LeaseKey == lease.LeaseKey)), lease =>
            Assert.True(lease.Epoch > lost.Single(old => old.LeaseKey == lease.LeaseKey).Epoch));
    }

    [Fact]
    public async Task A_leader_that_read_an_old_heartbeat_cannot_take_the_leases_of_a_worker_that_lives()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        var stale = (await fleet.TableAsync()).Heartbeats.Single(heartbeat => heartbeat.WorkerId == "b");
        fleet.Advance(10);

        var burial = await fleet.Store.WriteHeartbeatAsync(stale, null, Token);

        Assert.False(burial.IsApplied);
        fleet.Advance(60);
        Assert.Equal((2, 2), (fleet.Held("a"), fleet.Held("b")));
    }

    /// <summary>Story D3: an applied heartbeat whose answer is lost is recognised; nothing is lost and nothing lives longer than its oldest proof.</summary>
    [Fact]
    [Trait("Story", "D3")]
    public async Task A_heartbeat_whose_answer_was_lost_costs_no_lease()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Advance(20);
        var held = fleet["a"].Owned;
        var every = 0;
        fleet.StoreOf("a").Fault = (call, _) => call == "WriteHeartbeat" && ++every % 2 == 1 ? StoreFault.LoseAnswer : StoreFault.None;

        fleet.Advance(300);

        Assert.True(every > 100);
        Assert.Same(held, fleet["a"].Owned);
    }

    [Fact]
    public async Task A_second_process_with_the_same_worker_id_takes_the_leases_and_the_first_one_lets_go()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Advance(20);
        var first = fleet["a"].Owned.Values.ToList();
        var beat = (await fleet.TableAsync()).Heartbeats.Single();

        Assert.True((await fleet.Store.WriteHeartbeatAsync(beat, new WorkerHeartbeat("a", "another process", beat.Counter + 1), Token)).IsApplied);
        fleet.Advance(5);

        Assert.All(first, lease => Assert.Equal(LeaseLossReason.Conflict, lease.Loss?.Reason));
    }

    [Fact]
    public async Task A_worker_that_starts_gets_its_leases_within_one_duration_although_nobody_reads_the_table_at_intervals()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Advance(1000);

        fleet.Start("b");
        var gap = TimeSpan.Zero;
        while (fleet.Held("b") < 2)
        {
            await fleet.AdvanceWithHandoversAsync(0.5);
            gap += TimeSpan.FromSeconds(0.5);
            Assert.True(gap < TimeSpan.FromSeconds(30));
        }

        // The old owner goes on for one discovery interval after it has learnt of the hand-over: that is the larger part.
        Assert.InRange(gap.TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task News_that_are_lost_cost_time_but_no_lease()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a", fault: static (call, _) => call == "Tell" ? StoreFault.Refuse : StoreFault.None);
        fleet.Start("b", fault: static (call, _) => call == "Tell" ? StoreFault.Refuse : StoreFault.None);

        await fleet.AdvanceWithHandoversAsync(700);

        Assert.Equal((2, 2), (fleet.Held("a"), fleet.Held("b")));
    }

    [Fact]
    public async Task A_worker_without_a_heartbeat_gets_no_leases_however_fresh_its_report_is()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        for (var i = 0; i < 10; i++)
        {
            await fleet.Store.WriteReportAsync(new("java-worker", fleet.Time.GetUtcNow()), Token);
            await fleet.AdvanceWithHandoversAsync(15);
        }

        Assert.Equal(4, fleet.Held("a"));
        Assert.All((await fleet.TableAsync()).Leases, lease => Assert.Equal("a", lease.Owner));
    }

    [Fact]
    public async Task A_checkpoint_that_meets_a_deleted_row_lets_the_leader_repair_it_at_once()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(1000);
        var lease = fleet["b"].Owned.Values.Single();

        await fleet.Store.WriteLeaseAsync(new DeleteLease(lease.LeaseKey, OnlyFinished: false), Token);
        await lease.WriteCheckpointAsync(new(SequenceNumber.Parse("5")), Token);
        var gap = fleet.AdvanceUntil(() => fleet.HeldByAll().Count == 2);

        Assert.Equal(LeaseLossReason.Deleted, lease.Loss?.Reason);
        Assert.InRange(gap.TotalSeconds, 0, 35);
    }

    [Fact]
    public async Task A_worker_that_stops_leaves_no_heartbeat_behind()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Advance(20);

        fleet.Drain("a");
        foreach (var lease in fleet["a"].Owned.Values)
            await fleet["a"].ReleaseAsync(lease, Token);
        await fleet.Ended("a");

        Assert.Empty((await fleet.TableAsync()).Heartbeats);
    }

    [Fact]
    public async Task The_heartbeat_of_a_crashed_worker_without_leases_is_removed()
    {
        await using var fleet = NewFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);

        fleet.Crash("b");
        await fleet.AdvanceWithHandoversAsync(500);

        Assert.Equal(["a"], (await fleet.TableAsync()).Heartbeats.Select(beat => beat.WorkerId));
    }

    private static TestFleet NewFleet() => new() { Options = { Renewal = LeaseRenewal.PerWorker } };
}
