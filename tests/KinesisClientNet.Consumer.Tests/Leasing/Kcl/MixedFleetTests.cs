namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>Our workers beside a model of KCL 3.5 workers, in both roles and both directions.</summary>
[Trait("Story", "C4")]
public sealed class MixedFleetTests
{
    private static async Task AssertWholeAsync(MixedFleet fleet, int shards, params string[] workers)
    {
        var held = workers.Select(fleet.Held).ToList();
        Assert.True(held.Sum() == shards, $"{string.Join(", ", workers.Zip(held))} of {shards}");
        Assert.All((await fleet.Ours.TableAsync()).Leases, lease => Assert.False(lease.IsHandingOver));
        Assert.InRange(held.Max() - held.Min(), 0, 1);
    }

    [Fact]
    public async Task A_fleet_of_the_model_alone_balances_itself()
    {
        await using var fleet = new MixedFleet(6);
        fleet.StartOurs("seed"); // creates the leases, as KCL's leader would
        fleet.Leave("seed");
        foreach (var name in new[] { "k1", "k2", "k3" })
            fleet.StartKcl(name);

        await fleet.RunAsync(240);

        await AssertWholeAsync(fleet, 6, "k1", "k2", "k3");
    }

    [Fact]
    public async Task An_application_is_taken_over_from_KCL_worker_by_worker()
    {
        await using var fleet = new MixedFleet(8);
        fleet.StartOurs("seed");
        fleet.Leave("seed");
        foreach (var name in new[] { "k1", "k2" })
            fleet.StartKcl(name);
        await fleet.RunAsync(200);
        Assert.StartsWith("k", fleet.Leader, StringComparison.Ordinal);

        fleet.StartOurs("o1");
        await fleet.RunAsync(200);
        Assert.InRange(fleet.Held("o1"), 2, 3);
        fleet.StartOurs("o2");
        await fleet.RunAsync(200);
        fleet.Leave("k1");
        await fleet.RunAsync(200);
        fleet.Leave("k2");
        await fleet.RunAsync(200);

        await AssertWholeAsync(fleet, 8, "o1", "o2");
        Assert.StartsWith("o", fleet.Leader, StringComparison.Ordinal);
        Assert.Equal(0, fleet.Repeated);
    }

    [Fact]
    public async Task An_application_is_given_back_to_KCL_worker_by_worker()
    {
        await using var fleet = new MixedFleet(8);
        foreach (var name in new[] { "o1", "o2" })
            fleet.StartOurs(name);
        await fleet.RunAsync(120);

        foreach (var name in new[] { "k1", "k2" })
        {
            fleet.StartKcl(name);
            await fleet.RunAsync(200);
        }

        Assert.InRange(fleet.Held("k1") + fleet.Held("k2"), 3, 5);
        foreach (var name in new[] { "o1", "o2" })
        {
            fleet.Leave(name);
            await fleet.RunAsync(200);
        }

        await AssertWholeAsync(fleet, 8, "k1", "k2");
        Assert.StartsWith("k", fleet.Leader, StringComparison.Ordinal);
        Assert.Equal(0, fleet.Repeated);
    }

    [Fact]
    public async Task A_dead_leader_of_ours_is_replaced_by_the_model_and_the_other_way_round()
    {
        await using var fleet = new MixedFleet(6);
        fleet.StartOurs("o1");
        await fleet.RunAsync(10);
        fleet.StartKcl("k1");
        await fleet.RunAsync(200);
        Assert.Equal("o1", fleet.Leader);

        fleet.Crash("o1");
        await fleet.RunAsync(150);
        Assert.Equal("k1", fleet.Leader);
        Assert.Equal(6, fleet.Held("k1"));

        fleet.StartOurs("o2");
        await fleet.RunAsync(120);
        fleet.Crash("k1");
        await fleet.RunAsync(170);
        Assert.Equal("o2", fleet.Leader);
        await AssertWholeAsync(fleet, 6, "o2");
    }

    [Fact]
    public async Task A_follower_of_ours_lives_under_a_leader_of_the_model()
    {
        await using var fleet = new MixedFleet(6);
        fleet.StartOurs("seed");
        fleet.Leave("seed");
        fleet.StartKcl("k1");
        await fleet.RunAsync(60);

        fleet.StartOurs("o1", options => options.CanLead = false);
        await fleet.RunAsync(240);

        Assert.Equal("k1", fleet.Leader);
        await AssertWholeAsync(fleet, 6, "k1", "o1");
        Assert.Equal(0, fleet.Repeated);
    }

    /// <summary>Acceptance: mixed-version simulation. Workers of both kinds join, leave, crash and are cut off, seeded; 0 violations; at the end everything is read.</summary>
    [Fact]
    public async Task Random_lives_of_mixed_fleets_break_no_rule()
    {
        var (longest, writes, events, overlap) = (0.0, 0, 0, 0.0);
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            await using var fleet = new MixedFleet(8);
            fleet.StartOurs("o0");
            await fleet.RunAsync(5);
            fleet.StartKcl("k0");
            var cut = new Dictionary<string, int>();
            for (var round = 1; round <= 14; round++)
            {
                await fleet.RunAsync(random.Next(5, 60));
                foreach (var (name, until) in cut.Where(entry => entry.Value <= round).ToList())
                {
                    fleet.CutOff(name, false);
                    cut.Remove(name);
                }

                events++;
                Change(fleet, random, cut, round);
            }

            foreach (var name in cut.Keys)
                fleet.CutOff(name, false);
            if (fleet.OurNames.Count + fleet.KclNames.Count == 0)
                fleet.StartOurs("last");
            await fleet.RunAsync(420);
            string[] alive = [.. fleet.OurNames, .. fleet.KclNames];
            var held = alive.Sum(fleet.Held);
            Assert.True(held == 8, $"seed {seed}: {held} of 8 shards are read; led by {fleet.Leader}");
            Assert.All((await fleet.Ours.TableAsync()).Leases, lease => Assert.False(lease.IsHandingOver, $"seed {seed}: {lease}"));
            longest = Math.Max(longest, fleet.LongestUnread);
            writes += fleet.Writes;
            overlap = Math.Max(overlap, fleet.LongestKclOverlap);
        }

        TestContext.Current.SendDiagnosticMessage($"30 seeds, {events} events, {writes} lease writes, 0 violations; a shard was unread for at most {longest:0} s; KCL's start without proof overlapped for at most {overlap} s");
        // A dead leader of the model costs 120 s of lock and 30 s of negative cache; two may die one after the other, then leases expire, are assigned and found.
        Assert.InRange(longest, 1, (2 * 150) + 10 + 20 + 10);
        // Until its renewal is refused (3.3 s), or, cut off, until it believes no longer (10 s).
        Assert.InRange(overlap, 0, 10.5);
    }

    private static void Change(MixedFleet fleet, Random random, Dictionary<string, int> cut, int round)
    {
        string[] alive = [.. fleet.OurNames.Concat(fleet.KclNames).Order(StringComparer.Ordinal)];
        var victim = alive.Length == 0 ? null : alive[random.Next(alive.Length)];
        switch (random.Next(6))
        {
            case 0 or 1 when alive.Length < 6:
                if (random.Next(2) == 0)
                    fleet.StartOurs($"o{round}");
                else
                    fleet.StartKcl($"k{round}");
                break;
            case 2 when alive.Length > 1:
                cut.Remove(victim!);
                fleet.Crash(victim!);
                break;
            case 3 when alive.Length > 1 && !cut.ContainsKey(victim!):
                fleet.Leave(victim!);
                break;
            case 4 when victim is not null && !cut.ContainsKey(victim):
                fleet.CutOff(victim, true);
                cut[victim] = round + 1;
                break;
        }
    }
}
