using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Large fleets and poor tables.</summary>
public sealed class FleetScaleTests
{
    /// <summary>Acceptance: 256 shards, 41 workers join and leave: max - min at most 1, moves at most needed + 5 %, balanced within 3 cycles.</summary>
    [Fact]
    [Trait("Story", "T1")]
    public void Forty_one_workers_that_join_and_leave_stay_balanced_with_the_fewest_moves()
    {
        var model = new PlanModel(256);
        for (var workers = 1; workers <= 41; workers++)
            AssertBalanced(model, model.Join($"w{workers:D2}"), workers);
        for (var workers = 40; workers >= 1; workers--)
            AssertBalanced(model, model.Leave($"w{workers + 1:D2}"), workers);
    }

    /// <summary>Appendix E 15 of the KCL reference: a table of 10,000 leases is given out by one plan, and a worker that joins gets its share by one more.</summary>
    [Fact]
    [Trait("Story", "T1")]
    public void Ten_thousand_leases_are_given_out_by_one_plan()
    {
        var model = new PlanModel(10_000);
        for (var worker = 0; worker < 100; worker++)
            model.Join($"w{worker:D3}");

        Assert.Equal(10_000, model.PlanOnce());
        Assert.Equal(0, model.Spread());
        Assert.Equal(model.Join("w100"), model.PlanOnce());
        Assert.Equal(0, model.PlanOnce());
        Assert.InRange(model.Spread(), 0, 1);
    }

    private static void AssertBalanced(PlanModel model, int needed, int workers)
    {
        var moves = 0;
        var cycles = 0;
        for (; cycles < 3 && model.PlanOnce() is var made and > 0; cycles++)
            moves += made;

        Assert.InRange(model.Spread(), 0, 1);
        Assert.True(moves <= needed * 1.05, $"{workers} workers: {moves} moves where {needed} were needed");
        Assert.InRange(cycles, 0, 2);
    }

    /// <summary>
    /// Acceptance: 256 shards of very different throughput (1 to 55), 41 workers join and leave: within 3 cycles every worker is within 10 % of the mean, or no single lease could be moved that brings it
    /// nearer: its lightest one weighs more than what it carries above the least loaded worker (less the 5 % of the mean that a move must gain). That slack is needed where leases are few
    /// and heavy: with 41 workers a lease is a sixth of a worker's share, and a heavy one two thirds. What moves is at most what the newcomer has to get + 5 % and one heavy lease: leases
    /// cannot be cut, and a worker that was as near to the mean as its leases let it may come nearer now (measured: at worst 27 % more, with 24 workers).
    /// </summary>
    [Fact]
    [Trait("Story", "T1")]
    public void Forty_one_workers_share_uneven_shards_by_weight()
    {
        var random = new Random(3);
        double[] throughput = [.. Enumerable.Range(0, 256).Select(_ => Math.Exp(random.NextDouble() * 4) * 20)];
        var model = new PlanModel(256, i => throughput[i]);
        var worst = 0.0;
        for (var workers = 1; workers <= 41; workers++)
        {
            model.Join($"w{workers:D2}");
            worst = Math.Max(worst, AssertLevel(model, workers, throughput, isJoin: true));
        }

        for (var workers = 40; workers >= 1; workers--)
        {
            model.Leave($"w{workers + 1:D2}");
            AssertLevel(model, workers, throughput, isJoin: false);
        }

        TestContext.Current.SendDiagnosticMessage($"at worst {worst:0.00} times the needed weight was moved");
    }

    private static double AssertLevel(PlanModel model, int workers, double[] throughput, bool isJoin)
    {
        var moved = 0.0;
        var cycles = 0;
        for (; cycles < 3 && model.PlanOnce() > 0; cycles++)
            moved += model.MovedKBps;

        var mean = throughput.Sum() / workers;
        var loads = model.Carried();
        var least = workers > loads.Count ? 0 : loads.Min(load => load.KBps);
        Assert.InRange(cycles, 0, 2);
        Assert.All(loads, load => Assert.True(
            (load.KBps <= mean * 1.1 && least >= mean * 0.9) || load.Lightest > load.KBps - least - (mean * 0.0500001),
            $"{workers} workers: one carries {load.KBps:0}, its lightest lease {load.Lightest:0}; the least {least:0}, mean {mean:0}"));
        if (isJoin && workers > 1)
            Assert.True(moved <= (mean * 1.05) + throughput.Max(), $"{workers} workers: {moved:0} KiB/s moved where {mean:0} were needed");
        return isJoin && workers > 1 ? moved / mean : 0;
    }

    /// <summary>Acceptance: DynamoDB calls while the 41st worker of 256 shards gets its share, beyond what the fleet needs at rest: at most 60 for each moved lease.</summary>
    [Fact]
    [Trait("Story", "T1")]
    public async Task A_worker_that_joins_costs_at_most_sixty_requests_for_each_lease_that_it_gets()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(256);
        string[] names = [.. Enumerable.Range(0, 41).Select(i => $"w{i:D2}")];
        foreach (var name in names[..40])
            fleet.Start(name);
        await fleet.AdvanceWithHandoversAsync(90);
        var before = Calls();
        await fleet.AdvanceWithHandoversAsync(60);
        var atRest = Calls() - before;

        fleet.Start(names[40]);
        before = Calls();
        await fleet.AdvanceWithHandoversAsync(60);
        var moved = fleet.Held(names[40]);
        var perMove = (Calls() - before - atRest) / (double)moved;

        TestContext.Current.SendDiagnosticMessage($"{moved} leases moved, {perMove:0.0} requests for each beyond {atRest} a minute at rest");
        Assert.Equal(6, moved);
        Assert.Equal(256, fleet.HeldByAll().Count);
        Assert.InRange(perMove, 1, 60);

        int Calls() => names.Where(fleet.IsStarted).Sum(name => fleet.StoreOf(name).Calls.Values.Sum());
    }

    /// <summary>Acceptance: a table with 10 write units a second, throttled at random and in lockstep; no lease is lost by throttling alone.</summary>
    [Fact]
    [Trait("Story", "T2")]
    public async Task No_lease_is_lost_when_a_table_of_ten_write_units_throttles()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(12);
        foreach (var worker in new[] { "a", "b", "c" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var before = fleet.HeldLeases();
        var tokens = 10.0;
        var last = fleet.Time.GetElapsedTime(0);
        var throttled = 0;
        foreach (var worker in new[] { "a", "b", "c" })
        {
            fleet.StoreOf(worker).Fault = (call, detail) =>
            {
                if (detail is null || call.StartsWith("Read", StringComparison.Ordinal) || call == "ListKeys")
                    return StoreFault.None;
                var now = fleet.Time.GetElapsedTime(0);
                tokens = Math.Min(10, tokens + ((now - last).TotalSeconds * 10));
                last = now;
                if (tokens < 1)
                {
                    throttled++;
                    return StoreFault.Refuse;
                }

                tokens--;
                return StoreFault.None;
            };
        }

        // Every lease also checkpoints once a second and a half: together with the renewals most of the budget.
        for (var i = 0; i < 400; i++)
        {
            foreach (var lease in fleet.HeldLeases().Where((_, at) => (at + i) % 15 == 0))
                await CheckpointAsync(lease);
            fleet.Advance(0.1);
            if (i % 50 == 0)
                tokens = -15; // somebody else has used the table up
        }

        Assert.True(throttled > 20, $"Only {throttled} writes were throttled: the test does not test.");
        Assert.Equal(before.Order(ByKey), fleet.HeldLeases().Order(ByKey));
    }

    private static readonly Comparer<HeldLease> ByKey = Comparer<HeldLease>.Create((x, y) => string.CompareOrdinal(x.LeaseKey, y.LeaseKey));

    private static async Task CheckpointAsync(HeldLease lease)
    {
        try
        {
            await lease.WriteCheckpointAsync(lease.Checkpoint, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Throttled: the next one comes.
        }
    }
}
