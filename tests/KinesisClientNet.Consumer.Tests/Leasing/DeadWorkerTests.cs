using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Whom the leader takes for dead, and what follows. KCL goes by the report alone, which is fresh for a minute after a crash.</summary>
public sealed class DeadWorkerTests
{
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch;

    private static readonly LeasePlanLimits Limits =
        new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60), int.MaxValue, 256);

    private static Lease Row(int shard, string? owner, string? checkpointOwner = null) => new()
    {
        LeaseKey = $"shardId-{shard:D12}", ShardId = $"shardId-{shard:D12}", Checkpoint = ExtendedSequenceNumber.TrimHorizon,
        Owner = owner, CheckpointOwner = checkpointOwner, Counter = 5,
    };

    /// <summary>The report of the crashed worker stays fresh for most of this test; nevertheless nothing is given to it once its leases have expired.</summary>
    [Fact]
    public async Task A_crashed_worker_gets_nothing_any_more_although_its_report_is_fresh()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(6);
        foreach (var worker in new[] { "a", "b", "c" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(46); // all have just reported again
        var given = new List<string>();
        var taken = false;
        fleet.StoreOf("a").Fault = (_, detail) =>
        {
            taken |= detail is AssignLease { KnownOwner: "b" };
            if (detail is AssignLease { NewOwner: "b" } or StartHandover { NewOwner: "b" })
                given.Add($"{fleet.Time.GetElapsedTime(0)} {detail}");
            return StoreFault.None;
        };

        fleet.Crash("b");
        await fleet.AdvanceWithHandoversAsync(100);

        Assert.True(taken, "b's leases were not taken away by a: the test does not test.");
        Assert.Empty(given);
        Assert.Equal((3, 3), (fleet.Held("a"), fleet.Held("c")));
    }

    [Fact]
    public async Task A_worker_that_was_cut_off_says_that_it_lives_and_gets_leases_again_soon()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(4);
        foreach (var worker in new[] { "a", "b" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(50);
        fleet.StoreOf("b").Fault = static (_, _) => StoreFault.Refuse;
        fleet.AdvanceUntil(() => fleet.Held("a") == 4);

        fleet.StoreOf("b").Fault = static (_, _) => StoreFault.None;
        var waited = 0.0;
        for (; fleet.Held("b") < 2; waited += 0.5)
        {
            Assert.True(waited < 60, "It gets nothing any more.");
            await fleet.AdvanceWithHandoversAsync(0.5);
        }

        Assert.InRange(waited, 0, 30);
    }

    [Fact]
    public void A_hand_over_to_a_dead_worker_is_called_off()
    {
        var table = new LeaseTable([Row(0, "a"), Row(1, "dead", "a"), Row(2, "b"), Row(3, "b")], [new("a", Wall), new("b", Wall), new("dead", Wall)]);
        var watch = LeaseWatch.Empty.Observe(table, TimeSpan.Zero, Wall).NoteExpired(Row(9, "dead"), TimeSpan.Zero);

        var move = Assert.Single(LeasePlanner.Plan(table, watch, TimeSpan.Zero, Limits).Moves);

        Assert.Equal((LeaseMoveKind.CallOff, "a"), (move.Kind, move.To));
        Assert.Equal(new AssignLease(Row(1, null).LeaseKey, "dead", "a", "a"), move.ToWrite());
    }

    [Fact]
    public void A_report_from_before_the_lease_was_taken_does_not_bring_the_dead_worker_back()
    {
        var table = new LeaseTable([Row(0, "a")], [new("a", Wall), new("b", Wall)]);
        var watch = LeaseWatch.Empty.Observe(table, TimeSpan.Zero, Wall).NoteExpired(Row(0, "a"), TimeSpan.FromSeconds(10)).NoteExpired(Row(1, "b"), TimeSpan.FromSeconds(10));

        var later = watch.Observe(table with { Workers = [new("a", Wall), new("b", Wall.AddSeconds(11))] }, TimeSpan.FromSeconds(20), Wall);

        Assert.NotNull(later.SilentSince("a"));
        Assert.Null(later.SilentSince("b"));
    }

    /// <summary>A leader that cannot read the table must not keep the seat (KCL 3.3.0, #1669).</summary>
    [Fact]
    [Trait("Story", "D4")]
    public async Task A_leader_that_cannot_do_its_duty_is_replaced_and_leases_are_given_out_again()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(4);
        foreach (var worker in new[] { "a", "b" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(50);
        fleet.StoreOf("a").Fault = static (call, _) => call == "ReadTable" ? StoreFault.Refuse : StoreFault.None;
        var lease = fleet["b"].Owned.Values.First();

        await fleet["b"].ReleaseAsync(lease, TestContext.Current.CancellationToken);
        var waited = fleet.AdvanceUntil(() => fleet.OwnerInTable(lease.LeaseKey) is not null);

        Assert.Equal("b", (await fleet.Store.ReadLeaderLockAsync(TestContext.Current.CancellationToken))?.Owner);
        Assert.InRange(waited.TotalSeconds, 0, 30);
    }
}
