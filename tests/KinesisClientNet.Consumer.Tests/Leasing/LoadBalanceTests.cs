using System.Collections.Immutable;
using CsCheck;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Leasing.Balancing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Balance by throughput and CPU: KCL 3's rules without its defects (KCL reference §2.10.2 and §9.2).</summary>
[Trait("Story", "T1")]
public sealed class LoadBalanceTests
{
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch;

    private static readonly LeasePlanLimits Limits =
        new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60), int.MaxValue, 256);

    private static Lease Row(int shard, string? owner, double? throughput = null) => new()
    {
        LeaseKey = $"shardId-{shard:D12}", ShardId = $"shardId-{shard:D12}", Checkpoint = ExtendedSequenceNumber.TrimHorizon,
        Owner = owner, Counter = 5, ThroughputKBps = throughput,
    };

    private static WorkerReport Worker(string id, params double[] cpu) => cpu.Length == 0
        ? new(id, Wall)
        : new(id, Wall)
        {
            Metrics = ImmutableDictionary<string, ImmutableArray<double>>.Empty.Add("C", [.. cpu]),
            OperatingRanges = ImmutableDictionary<string, long>.Empty.Add("C", 100),
        };

    private static LeasePlan Plan(IEnumerable<Lease> leases, WorkerReport[] workers, LeasePlanLimits? limits = null, bool mayRelieveCpu = true)
    {
        var table = new LeaseTable([.. leases], [.. workers]);
        return LeasePlanner.Plan(table, LeaseWatch.Empty.Observe(table, TimeSpan.Zero, Wall), TimeSpan.Zero, limits ?? Limits, mayRelieveCpu);
    }

    /// <summary>KCL's 0/0: a fresh application on workers without CPU metrics gives everything to the first and the last worker.</summary>
    [Fact]
    public void The_first_distribution_without_any_metric_is_even()
    {
        var plan = Plan(Enumerable.Range(0, 12).Select(i => Row(i, null)), [.. Enumerable.Range(0, 6).Select(i => Worker($"w{i}"))]);

        Assert.Equal([2, 2, 2, 2, 2, 2], plan.Moves.GroupBy(move => move.To).Select(group => group.Count()));
    }

    [Fact]
    public void The_first_distribution_with_idle_cpus_is_even_although_the_cpus_differ_a_little()
    {
        var plan = Plan(Enumerable.Range(0, 12).Select(i => Row(i, null)), [Worker("a", 0), Worker("b", 2.5), Worker("c", 4)]);

        Assert.Equal([4, 4, 4], plan.Moves.GroupBy(move => move.To).Select(group => group.Count()));
    }

    [Fact]
    public void Throughput_decides_and_not_the_number()
    {
        Lease[] leases = [Row(0, "a", 1000), Row(1, "a", 1000), .. Enumerable.Range(2, 2).Select(i => Row(i, "b", 100))];

        var plan = Plan(leases, [Worker("a"), Worker("b")]);

        var move = Assert.Single(plan.Moves);
        Assert.Equal(("b", 1000.0, LeaseMoveKind.Handover), (move.To, move.Lease.ThroughputKBps, move.Kind));
    }

    [Fact]
    public void By_count_throughput_and_cpu_are_not_looked_at()
    {
        Lease[] leases = [Row(0, "a", 1000), Row(1, "a", 1000), Row(2, "b", 1), Row(3, "b", 1)];

        Assert.Empty(Plan(leases, [Worker("a", 95), Worker("b", 5)], Limits with { IsByCount = true }).Moves);
    }

    [Fact]
    public void An_idle_fleet_is_balanced_by_number()
    {
        Lease[] leases = [Row(0, "a", 0.3), Row(1, "b", 0), Row(2, "b", 0), Row(3, "b", 0.01)];

        Assert.Equal("a", Assert.Single(Plan(leases, [Worker("a"), Worker("b")]).Moves).To);
    }

    [Fact]
    public void A_lease_without_throughput_weighs_as_much_as_the_mean()
    {
        Lease[] leases = [Row(0, "a", 100), Row(1, "a"), Row(2, "a", 100), Row(3, "a")];

        Assert.Equal(2, Plan(leases, [Worker("a"), Worker("b")]).Moves.Length);
    }

    [Fact]
    public void Differences_within_a_tenth_move_nothing()
    {
        Lease[] leases = [Row(0, "a", 109), Row(1, "a", 109), Row(2, "b", 91), Row(3, "b", 91)];

        Assert.Empty(Plan(leases, [Worker("a"), Worker("b")]).Moves);
    }

    [Fact]
    public void A_hot_shard_that_is_alone_on_its_worker_stays_there()
    {
        Lease[] leases = [Row(0, "a", 5000), Row(1, "b", 100), Row(2, "b", 100), Row(3, "c", 100), Row(4, "c", 100)];

        Assert.Empty(Plan(leases, [Worker("a"), Worker("b"), Worker("c")]).Moves);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-5)]
    [InlineData(1e300)]
    public void A_throughput_that_is_nonsense_counts_as_unknown(double nonsense)
    {
        Lease[] leases = [Row(0, "a", nonsense), Row(1, "a", 100), Row(2, "b", 100), Row(3, "b", 100)];

        Assert.Empty(Plan(leases, [Worker("a"), Worker("b")]).Moves);
    }

    [Fact]
    public void A_worker_above_the_mean_gives_away_a_dampened_part()
    {
        // a uses 80 %, the mean is 50 %: (80 - 50) / 80 x 60 % = 22.5 % of its 20 leases.
        Lease[] leases = [.. Enumerable.Range(0, 20).Select(i => Row(i, "a", 100)), .. Enumerable.Range(20, 20).Select(i => Row(i, "b", 100))];

        var plan = Plan(leases, [Worker("a", 80), Worker("b", 20)]);

        Assert.Equal(4, plan.Moves.Length);
        Assert.All(plan.Moves, move => Assert.Equal(("b", LeaseMoveKind.Handover), (move.To, move.Kind)));
        Assert.True(plan.RelievesCpu);
    }

    [Fact]
    public void Until_the_reports_show_the_effect_nobody_is_relieved_again()
    {
        Lease[] leases = [.. Enumerable.Range(0, 20).Select(i => Row(i, "a", 100)), .. Enumerable.Range(20, 20).Select(i => Row(i, "b", 100))];

        Assert.Empty(Plan(leases, [Worker("a", 80), Worker("b", 20)], mayRelieveCpu: false).Moves);
    }

    [Fact]
    public void Cpu_differences_within_five_points_move_nothing()
    {
        Lease[] leases = [.. Enumerable.Range(0, 4).Select(i => Row(i, "a", 100)), .. Enumerable.Range(4, 4).Select(i => Row(i, "b", 100))];

        Assert.Empty(Plan(leases, [Worker("a", 11), Worker("b", 2)]).Moves);
    }

    [Fact]
    public void Weights_do_not_move_leases_back_to_the_slower_machine()
    {
        // Twice the weight for the same CPU: b's machine is the faster one.
        Lease[] leases = [.. Enumerable.Range(0, 4).Select(i => Row(i, "a", 100)), .. Enumerable.Range(4, 8).Select(i => Row(i, "b", 100))];

        Assert.Empty(Plan(leases, [Worker("a", 60), Worker("b", 60)]).Moves);
    }

    [Fact]
    public void A_free_lease_goes_past_the_busy_worker()
    {
        var plan = Plan([Row(0, "a", 100), Row(1, "b", 100), Row(2, "b", 100), Row(3, null, 100)], [Worker("a", 90), Worker("b", 20)], mayRelieveCpu: false);

        Assert.Equal("b", plan.Moves.Single(move => move.Kind == LeaseMoveKind.Assign).To);
    }

    [Fact]
    public void A_free_lease_is_read_even_when_everybody_is_busy() =>
        Assert.Single(Plan([Row(0, "a", 100), Row(1, null, 100)], [Worker("a", 100)]).Moves);

    [Fact]
    public void A_new_worker_among_busy_ones_gets_its_share()
    {
        Lease[] leases = [.. Enumerable.Range(0, 30).Select(i => Row(i, $"w{i % 3}", 100))];

        var plan = Plan(leases, [Worker("w0", 60), Worker("w1", 60), Worker("w2", 60), Worker("x")]);

        Assert.Equal(7, plan.Moves.Count(move => move.To == "x"));
    }

    [Fact]
    public void Failed_captures_are_left_out_and_a_last_failed_one_makes_the_cpu_unknown()
    {
        Assert.Equal(30, WorkerCpu.Of(Worker("a", 20, -1, 40))!.Percent);
        Assert.Null(WorkerCpu.Of(Worker("a", 20, -1)));
        Assert.Null(WorkerCpu.Of(Worker("a")));
    }

    [Fact]
    public void A_worker_above_its_own_limit_is_relieved_although_the_others_are_as_busy()
    {
        var limited = Worker("a", 70) with { OperatingRanges = ImmutableDictionary<string, long>.Empty.Add("C", 50) };
        Lease[] leases = [.. Enumerable.Range(0, 20).Select(i => Row(i, "a", 100)), .. Enumerable.Range(20, 20).Select(i => Row(i, "b", 100))];

        Assert.NotEmpty(Plan(leases, [limited, Worker("b", 68)]).Moves);
    }

    [Fact]
    public void Laws_hold_for_random_loads()
    {
        var fleets =
            from workers in Gen.Int[1, 12]
            from shards in Gen.Select(Gen.Int[-1, workers - 1], Gen.Double[0, 2000]).Array[1, 100]
            from cpu in Gen.Double[-10, 100].Array[workers]
            select (workers, shards, cpu);

        fleets.Sample(fleet =>
        {
            var names = Enumerable.Range(0, fleet.workers).Select(i => $"w{i:D2}").ToArray();
            var leases = fleet.shards.Select((shard, i) => Row(i, shard.Item1 < 0 ? null : names[shard.Item1], shard.Item2)).ToArray();
            var workers = names.Select((name, i) => fleet.cpu[i] < 0 ? Worker(name) : Worker(name, fleet.cpu[i])).ToArray();

            var plan = Plan(leases, workers);

            Assert.Equal(plan.Moves.Length, plan.Moves.Select(move => move.Lease.LeaseKey).Distinct().Count());
            Assert.All(plan.Moves, move => Assert.NotEqual(move.To, move.Lease.Owner));
            Assert.Equal(leases.Count(lease => lease.Owner is null), plan.Moves.Count(move => move.Kind == LeaseMoveKind.Assign));
            Assert.True(plan.Moves.Count(move => move.Kind == LeaseMoveKind.Handover) <= Limits.MaxHandovers);
        });
    }

    /// <summary>
    /// Without CPU reports plans come to rest, because each one brings the loads nearer to each other; and at rest every worker is within a tenth of the mean or no single lease can
    /// bring it nearer.
    /// </summary>
    [Fact]
    public void Random_loads_come_to_rest_within_a_tenth_or_one_lease()
    {
        var fleets =
            from workers in Gen.Int[2, 12]
            from shards in Gen.Select(Gen.Int[-1, workers - 1], Gen.Double[0, 2000]).Array[workers, 100]
            select (workers, shards);

        fleets.Sample(fleet =>
        {
            var names = Enumerable.Range(0, fleet.workers).Select(i => $"w{i:D2}").ToArray();
            Lease[] leases = [.. fleet.shards.Select((shard, i) => Row(i, shard.Item1 < 0 ? null : names[shard.Item1], shard.Item2))];
            var workers = names.Select(name => Worker(name)).ToArray();
            var unevenness = double.MaxValue;
            for (var rounds = 0; Plan(leases, workers) is { Moves.IsEmpty: false } plan; rounds++)
            {
                Assert.True(rounds < 20, "The plans do not come to rest.");
                leases = [.. leases.Select(lease => plan.Moves.FirstOrDefault(move => move.Lease.LeaseKey == lease.LeaseKey) is { To: { } to } ? lease with { Owner = to } : lease)];
                var after = Unevenness(names, leases);
                Assert.True(after < unevenness, $"A plan makes it worse: {unevenness} before, {after} after.");
                unevenness = after;
            }

            var weights = LeaseWeights.Of(leases, isByCount: false);
            var loads = names.ToDictionary(name => name, name => leases.Where(lease => lease.Owner == name).Sum(weights.Of));
            var mean = loads.Values.Average();
            var lightest = names.Where(name => leases.Any(lease => lease.Owner == name)).ToDictionary(
                name => name, name => leases.Where(lease => lease.Owner == name).Min(weights.Of));
            var least = loads.Values.Min();
            foreach (var (name, lease) in lightest)
            {
                var isLevel = loads[name] <= mean * 1.1 && least >= mean * 0.9;
                Assert.True(isLevel || lease > loads[name] - least - (mean * 0.0500001), $"{name} carries {loads[name]}, the least {least}, mean {mean}, lightest lease {lease}");
            }
        });
    }

    /// <summary>The sum of the squares of the loads: least when all are equal.</summary>
    private static double Unevenness(string[] names, Lease[] leases)
    {
        var weights = LeaseWeights.Of(leases, isByCount: false);
        return names.Sum(name => Math.Pow(leases.Where(lease => lease.Owner == name).Sum(weights.Of), 2));
    }
}
