using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>The mode that a lease table records: who may join, and the switch in both directions.</summary>
public sealed class RenewalSwitchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease)]
    public async Task A_worker_of_the_other_mode_refuses_to_join_with_an_explanation_and_the_next_step(LeaseRenewal recorded, LeaseRenewal other)
    {
        await using var fleet = new TestFleet { Options = { Renewal = recorded } };
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Advance(20);
        var before = (await fleet.TableAsync()).Leases;

        fleet.Start("b", options => options.Renewal = other);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => fleet.Ended("b"));

        Assert.Contains($"Leases.Renewal = {recorded}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"this worker has {other}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("stop all its workers and start one with Leases.SwitchRenewal = true", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, (await fleet.TableAsync()).Leases);
        Assert.DoesNotContain((await fleet.TableAsync()).Workers, report => report.WorkerId == "b");
        fleet.Forget("b");
    }

    [Theory]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease)]
    public async Task A_stopped_application_is_switched_and_keeps_its_checkpoints(LeaseRenewal from, LeaseRenewal to)
    {
        await using var fleet = new TestFleet { Options = { Renewal = from } };
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Advance(20);
        foreach (var lease in fleet["a"].Owned.Values)
            Assert.True((await lease.WriteCheckpointAsync(new(Core.Sharding.SequenceNumber.Parse("77")), Token)).IsApplied);
        await StopAsync(fleet, "a");

        fleet.Start("b", options => Switch(options, to));
        var gap = fleet.AdvanceUntil(() => fleet.Held("b") == 4);

        // Nobody held anything: the watch is all that it costs.
        Assert.InRange(gap.TotalSeconds, 14, 18);
        Assert.All(fleet["b"].Owned.Values, lease => Assert.Equal("77", lease.Checkpoint.CheckpointText));
        Assert.Equal(to, RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token)));
        Assert.Equal(to == LeaseRenewal.PerWorker ? 1 : 0, (await fleet.TableAsync()).Heartbeats.Length);
        fleet.Start("c", options => options.Renewal = to);
        await fleet.AdvanceWithHandoversAsync(40);
        Assert.Equal((2, 2), (fleet.Held("b"), fleet.Held("c")));
    }

    [Theory]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease)]
    public async Task The_switch_waits_out_workers_that_crashed_and_takes_their_leases(LeaseRenewal from, LeaseRenewal to)
    {
        await using var fleet = new TestFleet { Options = { Renewal = from } };
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        fleet.Crash("a");
        fleet.Crash("b");

        fleet.Start("c", options => Switch(options, to));
        var gap = fleet.AdvanceUntil(() => fleet.Held("c") == 4, 300);

        Assert.InRange(gap.TotalSeconds, 15, 80);
        Assert.Equal(to, RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token)));
    }

    [Theory]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease)]
    public async Task The_switch_refuses_while_a_worker_of_the_other_mode_lives(LeaseRenewal from, LeaseRenewal to)
    {
        await using var fleet = new TestFleet { Options = { Renewal = from } };
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Advance(20);

        fleet.Start("b", options => Switch(options, to));
        fleet.Advance(40);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => fleet.Ended("b"));
        Assert.Contains("a worker still works in the other mode. Stop all workers", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(from, RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token)));
        Assert.Equal(2, fleet.Held("a"));
        fleet.Forget("b");
    }

    /// <summary>The switch is one conditional write: a crash at any call of it leaves a table that either mode's next worker can go on with.</summary>
    [Theory]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker, StoreFault.Refuse)]
    [InlineData(LeaseRenewal.PerLease, LeaseRenewal.PerWorker, StoreFault.LoseAnswer)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease, StoreFault.Refuse)]
    [InlineData(LeaseRenewal.PerWorker, LeaseRenewal.PerLease, StoreFault.LoseAnswer)]
    public async Task A_crash_at_any_call_of_the_switch_is_survived(LeaseRenewal from, LeaseRenewal to, StoreFault fault)
    {
        for (var crashAt = 1; ; crashAt++)
        {
            await using var fleet = new TestFleet { Options = { Renewal = from } };
            fleet.Api.Create(2);
            fleet.Start("a");
            fleet.Start("z");
            await fleet.AdvanceWithHandoversAsync(40);
            fleet.Crash("a");
            fleet.Crash("z");
            var calls = 0;
            var isOver = false;
            fleet.Start("b", options => Switch(options, to), (call, _) =>
            {
                isOver |= call is "WriteReport";
                return !isOver && ++calls >= crashAt ? calls == crashAt ? fault : StoreFault.Refuse : StoreFault.None;
            });
            fleet.Advance(60);
            var crashed = fleet.Ended("b").IsFaulted;
            if (crashed)
                fleet.Forget("b");
            else
                fleet.Crash("b");

            // Whoever comes next, in the mode that the table is in now, works.
            var recorded = RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token));
            fleet.Start("c", options => options.Renewal = recorded);
            fleet.AdvanceUntil(() => fleet.Held("c") == 2, 400);
            await StopAsync(fleet, "c");
            fleet.Start("d", options => Switch(options, to));
            fleet.AdvanceUntil(() => fleet.Held("d") == 2, 400);

            Assert.Equal(to, RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token)));
            if (!crashed)
                break;
            Assert.True(crashAt < 20, "The switch takes ever more calls.");
        }
    }

    [Fact]
    public async Task A_new_table_is_used_in_the_mode_of_its_first_worker()
    {
        await using var fleet = new TestFleet { Options = { Renewal = LeaseRenewal.PerWorker } };
        fleet.Api.Create(2);

        fleet.Start("a");

        Assert.Equal(2, fleet.Held("a"));
        Assert.Equal(LeaseRenewal.PerWorker, RenewalMode.Of(await fleet.Store.ReadLeaderLockAsync(Token)));
    }

    private static void Switch(LeaseOptions options, LeaseRenewal to) => (options.Renewal, options.SwitchRenewal) = (to, true);

    private static async Task StopAsync(TestFleet fleet, string worker)
    {
        fleet.Drain(worker);
        foreach (var lease in fleet[worker].Owned.Values)
            await fleet[worker].ReleaseAsync(lease, Token);
        await fleet.Ended(worker);
    }
}
