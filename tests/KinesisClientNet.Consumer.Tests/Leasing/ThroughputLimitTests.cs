using CsCheck;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary><see cref="LeaseOptions.MaxThroughputKBps"/>: KCL's maxThroughputPerHostKBps, with the lease that is given counted in (KCL reference §2.10.2).</summary>
[Trait("Story", "T1")]
public sealed class ThroughputLimitTests
{
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch;

    private static LeasePlanLimits Limits(double most) =>
        new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60), int.MaxValue, 256) { MaxThroughputKBps = most };

    private static Lease Row(int shard, string? owner, double? throughput = null) => new()
    {
        LeaseKey = $"shardId-{shard:D12}", ShardId = $"shardId-{shard:D12}", Checkpoint = ExtendedSequenceNumber.TrimHorizon, Owner = owner, Counter = 5, ThroughputKBps = throughput,
    };

    private static LeasePlan Plan(IEnumerable<Lease> leases, string[] workers, LeasePlanLimits limits)
    {
        var table = new LeaseTable([.. leases], [.. workers.Select(worker => new WorkerReport(worker, Wall))]);
        return LeasePlanner.Plan(table, LeaseWatch.Empty.Observe(table, TimeSpan.Zero, Wall), TimeSpan.Zero, limits);
    }

    [Fact]
    public void Leases_that_fit_nowhere_are_unassigned_and_counted()
    {
        var plan = Plan(Enumerable.Range(0, 10).Select(i => Row(i, null, 100)), ["a", "b"], Limits(350));

        Assert.Equal([3, 3], plan.Moves.GroupBy(move => move.To).Select(group => group.Count()));
        Assert.Equal(4, plan.Unassigned);
    }

    [Fact]
    public void A_shard_above_the_limit_goes_to_a_worker_without_leases_and_nothing_goes_beside_it()
    {
        var plan = Plan([Row(0, null, 5000), Row(1, null, 100), Row(2, null, 100)], ["a", "b"], Limits(1000));

        Assert.Equal(0, plan.Unassigned);
        var hot = plan.Moves.Single(move => move.Lease.ThroughputKBps > 1000).To;
        Assert.Single(plan.Moves, move => move.To == hot);
    }

    [Fact]
    public void Levelling_takes_nobody_above_the_limit()
    {
        // By weight alone b would get one of the 600 s.
        var plan = Plan([Row(0, "a", 600), Row(1, "a", 600), Row(2, "a", 600), Row(3, "b", 500)], ["a", "b"], Limits(1000));

        Assert.Empty(plan.Moves);
    }

    [Fact]
    public void A_lease_of_unknown_throughput_counts_as_the_mean_and_an_idle_fleet_has_no_limit()
    {
        Assert.Equal(1, Plan([Row(0, "a", 100), Row(1, null)], ["a"], Limits(150)).Unassigned);
        Assert.Equal(0, Plan([Row(0, "a", 0.1), Row(1, null)], ["a"], Limits(1)).Unassigned);
        Assert.Equal(0, Plan([Row(0, "a", 100), Row(1, null, 100)], ["a"], Limits(150) with { IsByCount = true }).Unassigned);
    }

    [Fact]
    public void No_plan_takes_a_worker_above_the_limit_with_more_than_one_lease()
    {
        var fleets =
            from workers in Gen.Int[1, 8]
            from shards in Gen.Select(Gen.Int[-1, workers - 1], Gen.Double[1, 2000]).Array[1, 60]
            from most in Gen.Double[1, 8000]
            select (workers, shards, most);

        fleets.Sample(fleet =>
        {
            string[] names = [.. Enumerable.Range(0, fleet.workers).Select(i => $"w{i}")];
            Lease[] leases = [.. fleet.shards.Select((shard, i) => Row(i, shard.Item1 < 0 ? null : names[shard.Item1], shard.Item2))];

            var plan = Plan(leases, names, Limits(fleet.most));

            foreach (var worker in plan.Moves.Select(move => move.To).Distinct())
            {
                var gained = plan.Moves.Where(move => move.To == worker).ToList();
                var kept = leases.Where(lease => lease.Owner == worker && plan.Moves.All(move => move.Lease.LeaseKey != lease.LeaseKey)).ToList();
                var total = gained.Sum(move => move.Lease.ThroughputKBps!.Value) + kept.Sum(lease => lease.ThroughputKBps!.Value);
                Assert.True(total <= fleet.most + 1e-6 || gained.Count + kept.Count == 1, $"{worker} gets {gained.Count} leases and has {total} of {fleet.most}");
            }

            Assert.Equal(leases.Count(lease => lease.Owner is null), plan.Unassigned + plan.Moves.Count(move => move.Kind == LeaseMoveKind.Assign));
        });
    }
}
