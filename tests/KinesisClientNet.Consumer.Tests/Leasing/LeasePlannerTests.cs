using System.Collections.Immutable;
using CsCheck;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Who should have which lease: tables of cases, and laws over random fleets.</summary>
public sealed class LeasePlannerTests
{
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(1000);
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch;

    private static LeasePlanLimits Limits(int maxLeases = int.MaxValue, int maxHandovers = 1000) =>
        new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(60), maxLeases, maxHandovers);

    private static Lease Row(int shard, string? owner, string? checkpointOwner = null) => new()
    {
        LeaseKey = $"shardId-{shard:D12}", ShardId = $"shardId-{shard:D12}", Checkpoint = ExtendedSequenceNumber.TrimHorizon,
        Owner = owner, CheckpointOwner = checkpointOwner, Counter = 5,
    };

    private static LeasePlan Plan(IEnumerable<Lease> leases, string[] workers, LeasePlanLimits? limits = null, HashSet<string>? dead = null, double since = 30)
    {
        var table = new LeaseTable([.. leases], [.. workers.Select(worker => new WorkerReport(worker, Wall))]);
        var watch = LeaseWatch.Empty.Observe(table, Now - TimeSpan.FromSeconds(since), Wall);
        var moved = table with
        {
            Leases = [.. table.Leases.Select(lease => dead?.Contains(lease.ActualOwner ?? "") == true ? lease : lease with { Counter = lease.Counter + 1 })],
            Workers = [.. table.Workers.Select(worker => dead?.Contains(worker.WorkerId) == true ? worker : worker with { UpdatedAt = Wall.AddSeconds(30) })],
        };
        return LeasePlanner.Plan(moved, watch.Observe(moved, Now, Wall), Now, limits ?? Limits());
    }

    [Fact]
    public void Without_workers_nothing_is_planned_and_everything_is_unassigned()
    {
        var plan = Plan([Row(0, null), Row(1, null)], []);

        Assert.Empty(plan.Moves);
        Assert.Equal(2, plan.Unassigned);
    }

    [Fact]
    public void Leases_without_owner_are_spread_evenly()
    {
        var plan = Plan(Enumerable.Range(0, 6).Select(i => Row(i, null)), ["a", "b", "c"]);

        Assert.Equal([2, 2, 2], plan.Moves.GroupBy(move => move.To).Select(group => group.Count()));
        Assert.All(plan.Moves, move => Assert.Equal(LeaseMoveKind.Assign, move.Kind));
    }

    [Fact]
    public void A_balanced_fleet_is_left_alone() =>
        Assert.Empty(Plan([Row(0, "a"), Row(1, "a"), Row(2, "b")], ["a", "b"]).Moves);

    [Fact]
    public void A_new_worker_gets_its_share_by_hand_over_with_the_fewest_moves()
    {
        var plan = Plan(Enumerable.Range(0, 9).Select(i => Row(i, i < 5 ? "a" : "b")), ["a", "b", "c"]);

        Assert.Equal(3, plan.Moves.Length);
        Assert.All(plan.Moves, move => Assert.Equal((LeaseMoveKind.Handover, "c"), (move.Kind, move.To)));
    }

    [Fact]
    public void Expired_leases_go_to_living_workers_even_while_the_dead_ones_report_is_fresh()
    {
        var plan = Plan([Row(0, "dead"), Row(1, "dead"), Row(2, "a")], ["dead", "a"], dead: new HashSet<string> { "dead" });

        Assert.Equal(["a", "a"], plan.Moves.Select(move => move.To));
        Assert.Equal(["a"], plan.ActiveWorkers);
    }

    [Fact]
    public void A_finished_lease_needs_no_worker() =>
        Assert.Empty(Plan([Row(0, null) with { Checkpoint = ExtendedSequenceNumber.ShardEnd }], ["a"]).Moves);

    [Fact]
    [Trait("Story", "T4")]
    public void Full_workers_leave_leases_unassigned_and_say_how_many()
    {
        var plan = Plan(Enumerable.Range(0, 5).Select(i => Row(i, null)), ["a", "b"], Limits(maxLeases: 2));

        Assert.Equal(4, plan.Moves.Length);
        Assert.Equal(1, plan.Unassigned);
    }

    [Fact]
    public void A_pending_hand_over_counts_for_its_new_owner_and_is_not_moved_again() =>
        Assert.Empty(Plan([Row(0, "a"), Row(1, "b", "a")], ["a", "b"]).Moves);

    [Fact]
    public void A_hand_over_that_takes_too_long_is_forced()
    {
        var plan = Plan([Row(0, "a"), Row(1, "b", "a")], ["a", "b"], since: 45);

        var move = Assert.Single(plan.Moves);
        Assert.Equal(("b", LeaseMoveKind.Force), (move.To, move.Kind));
    }

    [Fact]
    public void The_budget_of_hand_overs_includes_the_pending_ones()
    {
        var leases = Enumerable.Range(0, 10).Select(i => Row(i, "a")).Append(Row(10, "b", "a"));

        Assert.Equal(2, Plan(leases, ["a", "b"], Limits(maxHandovers: 3)).Moves.Length);
    }

    [Fact]
    public void A_lease_is_not_given_back_to_the_worker_that_let_it_expire_when_there_is_another()
    {
        var stale = Row(0, "a");
        var table = new LeaseTable([stale, Row(1, "a")], [new("a", Wall), new("b", Wall)]);
        var watch = LeaseWatch.Empty.Observe(table, Now - TimeSpan.FromSeconds(15), Wall);
        var later = table with { Leases = [stale, Row(1, "a") with { Counter = 9 }] };

        var plan = LeasePlanner.Plan(later, watch.Observe(later, Now, Wall), Now, Limits());

        Assert.Equal(("b", LeaseMoveKind.Assign), (plan.Moves.Single().To, plan.Moves.Single().Kind));
    }

    [Fact]
    [Trait("Story", "S3")]
    public void A_worker_whose_expired_leases_were_taken_gets_none_until_it_reports_again()
    {
        var table = new LeaseTable([Row(0, "a"), Row(1, "a"), Row(2, "dead")], [new("a", Wall), new("dead", Wall)]);
        var watch = LeaseWatch.Empty.Observe(table, Now - TimeSpan.FromSeconds(15), Wall).NoteExpired(Row(2, "dead"), Now - TimeSpan.FromSeconds(15));
        var taken = table with { Leases = [Row(0, "a") with { Counter = 9 }, Row(1, "a") with { Counter = 9 }, Row(2, "a") with { Counter = 9 }] };

        watch = watch.Observe(taken, Now, Wall);
        Assert.Empty(LeasePlanner.Plan(taken, watch, Now, Limits()).Moves);

        var alive = taken with { Workers = [new("a", Wall), new("dead", Wall.AddSeconds(20))] };
        var plan = LeasePlanner.Plan(alive, watch.Observe(alive, Now, Wall), Now, Limits());
        Assert.Equal(("dead", LeaseMoveKind.Handover), (plan.Moves.Single().To, plan.Moves.Single().Kind));
    }

    [Fact]
    public void Laws_hold_for_random_fleets()
    {
        var fleets =
            from workers in Gen.Int[1, 12]
            from dead in Gen.Int[0, 4]
            from owners in Gen.Int[-1, workers + dead - 1].Array[0, 80]
            from maxLeases in Gen.OneOf(Gen.Const(int.MaxValue), Gen.Int[1, 10])
            from budget in Gen.Int[0, 20]
            select (workers, dead, owners, maxLeases, budget);

        fleets.Sample(fleet =>
        {
            var names = Enumerable.Range(0, fleet.workers + fleet.dead).Select(i => $"w{i:D2}").ToArray();
            var leases = fleet.owners.Select((owner, i) => Row(i, owner < 0 ? null : names[owner])).ToArray();
            // A worker that died without leases cannot be told from one that waits for some; it is found out when it does not claim.
            names = [.. names.Where((name, i) => i < fleet.workers || leases.Any(lease => lease.Owner == name))];
            var dead = names.Skip(fleet.workers).ToHashSet();

            var plan = Plan(leases, names, Limits(fleet.maxLeases, fleet.budget), dead);

            Check(leases, names[..fleet.workers], dead, fleet.maxLeases, fleet.budget, plan);
        });
    }

    private static void Check(Lease[] leases, string[] alive, HashSet<string> dead, int maxLeases, int budget, LeasePlan plan)
    {
        Assert.Equal(plan.Moves.Length, plan.Moves.Select(move => move.Lease.LeaseKey).Distinct().Count());
        Assert.All(plan.Moves, move => Assert.Contains(move.To, alive));
        Assert.All(plan.Moves, move => Assert.NotEqual(move.To, move.Lease.ActualOwner));
        var free = leases.Count(lease => lease.Owner is null || dead.Contains(lease.Owner));
        var assigned = plan.Moves.Count(move => move.Kind == LeaseMoveKind.Assign);
        Assert.Equal(free, assigned + plan.Unassigned);
        var handovers = plan.Moves.Count(move => move.Kind == LeaseMoveKind.Handover);
        Assert.InRange(handovers, 0, budget);

        var before = alive.ToDictionary(worker => worker, worker => leases.Count(lease => lease.Owner == worker));
        var after = alive.ToDictionary(
            worker => worker,
            worker => before[worker] + plan.Moves.Count(move => move.To == worker) - plan.Moves.Count(move => move.Kind == LeaseMoveKind.Handover && move.Lease.Owner == worker));
        Assert.All(alive, worker => Assert.True(after[worker] <= Math.Max(maxLeases, before[worker])));
        if (handovers < budget && maxLeases == int.MaxValue)
            Assert.InRange(after.Values.Max() - after.Values.Min(), 0, 1);
        if (plan.Unassigned > 0)
            Assert.All(alive, worker => Assert.True(after[worker] >= maxLeases || handovers > 0));

        // No more moves than the surplus over the fairest distribution.
        var fair = (leases.Length - plan.Unassigned) / alive.Length;
        Assert.True(handovers <= before.Values.Sum(count => Math.Max(0, count - fair)));
    }
}
