using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// Mixed fleets whose stream is resharded and whose shards carry different loads, beside KCL leaders that balance by number or by throughput: children are created at shard end by whichever kind of worker
/// is there, by its own rules, and finished leases are cleaned up by either.
/// </summary>
[Trait("Story", "C4")]
[Trait("Story", "L10")]
public sealed class MixedReshardTests
{
    /// <summary>A shard of theirs and one of ours end; the children are read by both kinds, after their parents, and nothing comes twice.</summary>
    [Theory]
    [InlineData("o1", "k1", false)]
    [InlineData("o1", "k1", true)]
    [InlineData("k1", "o1", false)]
    [InlineData("k1", "o1", true)]
    public async Task Splits_and_merges_are_followed_under_either_kind_of_leader(string leader, string follower, bool isByThroughput)
    {
        await using var fleet = new MixedFleet(6, isByThroughput);
        await StartAsync(fleet, leader, follower);
        Assert.Equal(leader, fleet.Leader);

        foreach (var shard in fleet.Ours.Api.OpenIds.ToList())
            fleet.Split(shard);
        await fleet.RunAsync(500);
        Assert.Equal(12, fleet.Held(leader) + fleet.Held(follower));
        Assert.True(fleet.Held(follower) >= 3, $"{fleet.Held(follower)} of 12");
        foreach (var pair in fleet.Ours.Api.All.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).Chunk(2).ToList())
            fleet.Merge(pair[0].ShardId, pair[1].ShardId);
        await fleet.RunAsync(900);

        Assert.Empty(fleet.Unfinished);
        Assert.Equal(6, fleet.Held(leader) + fleet.Held(follower));
        Assert.Equal(0, fleet.Repeated);
        Assert.Equal(leader, fleet.Leader);
        var leases = (await fleet.Ours.TableAsync()).Leases.Where(lease => !lease.IsFinished).ToList();
        Assert.Equal(fleet.Ours.Api.OpenIds.Order(StringComparer.Ordinal), leases.Select(lease => lease.ShardId).Order(StringComparer.Ordinal));
        Assert.All(leases, lease => Assert.NotEqual(ExtendedSequenceNumber.TrimHorizon, lease.Checkpoint));
    }

    /// <summary>Our planner levels what the models carry, by the throughput that they write.</summary>
    [Fact]
    public async Task A_leader_of_ours_levels_the_throughput_of_workers_of_the_model()
    {
        await using var fleet = new MixedFleet(16, isByThroughput: true);
        await StartAsync(fleet, "o1", "k1");
        fleet.StartKcl("k2");
        await fleet.RunAsync(300);

        var table = await fleet.Ours.TableAsync();
        var loads = table.Leases.GroupBy(lease => lease.Owner!).Select(own => own.Sum(lease => fleet.KiBpsOf(lease.ShardId))).ToList();
        Assert.Equal(3, loads.Count);
        // Ten per cent of the mean, or the lightest shard.
        Assert.InRange(loads.Max() - loads.Min(), 0, Math.Max(loads.Average() * 0.2, 50 + (loads.Average() * 0.05)));
    }

    /// <summary>Acceptance: mixed-version simulation with resharding and KCL's throughput rules, seeded.</summary>
    [Fact]
    public async Task Random_lives_of_mixed_fleets_that_are_resharded_break_no_rule()
    {
        var (events, reshards, longest) = (0, 0, 0.0);
        for (var seed = 101; seed <= 112; seed++)
        {
            var random = new Random(seed);
            await using var fleet = new MixedFleet(4, isByThroughput: seed % 2 == 0);
            await StartAsync(fleet, seed % 3 == 0 ? "k0" : "o0", seed % 3 == 0 ? "o0" : "k0");
            for (var round = 1; round <= 12; round++, events++)
            {
                await fleet.RunAsync(random.Next(5, 60));
                if (random.Next(2) == 0 && Reshard(fleet, random))
                    reshards++;
                else
                    Change(fleet, random, round);
            }

            await fleet.RunAsync(900);
            string[] alive = [.. fleet.OurNames, .. fleet.KclNames];
            var open = fleet.Ours.Api.OpenIds.Count();
            Assert.True(alive.Sum(fleet.Held) == open, $"seed {seed}: {alive.Sum(fleet.Held)} of {open} shards are read; led by {fleet.Leader}");
            Assert.True(!fleet.Unfinished.Any(), $"seed {seed}: {string.Join(", ", fleet.Unfinished)} were not read to their end");
            Assert.All((await fleet.Ours.TableAsync()).Leases, lease => Assert.False(lease.IsHandingOver, $"seed {seed}: {lease}"));
            longest = Math.Max(longest, fleet.LongestUnread);
        }

        TestContext.Current.SendDiagnosticMessage($"12 seeds, {events} events, {reshards} of them reshards, 0 violations; a shard was unread for at most {longest:0} s");
        Assert.InRange(longest, 1, (2 * 150) + 10 + 20 + 10);
    }

    private static async Task StartAsync(MixedFleet fleet, string leader, string follower)
    {
        fleet.StartOurs("seed"); // creates the leases, as either kind of leader would
        fleet.Leave("seed");
        foreach (var name in new[] { leader, follower })
        {
            if (name[0] == 'o')
                fleet.StartOurs(name);
            else
                fleet.StartKcl(name);
            await fleet.RunAsync(200);
        }
    }

    private static bool Reshard(MixedFleet fleet, Random random)
    {
        var open = fleet.Ours.Api.All.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).ToList();
        var at = random.Next(open.Count);
        if (random.Next(2) == 0 && open.Count < 12)
            fleet.Split(open[at].ShardId);
        else if (open.Count > 3 && at + 1 < open.Count)
            fleet.Merge(open[at].ShardId, open[at + 1].ShardId);
        else
            return false;
        return true;
    }

    private static void Change(MixedFleet fleet, Random random, int round)
    {
        string[] alive = [.. fleet.OurNames.Concat(fleet.KclNames).Order(StringComparer.Ordinal)];
        var victim = alive[random.Next(alive.Length)];
        switch (random.Next(4))
        {
            case 0 when alive.Length < 6:
                fleet.StartOurs($"o{round}");
                break;
            case 1 when alive.Length < 6:
                fleet.StartKcl($"k{round}");
                break;
            case 2 when alive.Length > 1:
                fleet.Crash(victim);
                break;
            case 3 when alive.Length > 1:
                fleet.Leave(victim);
                break;
        }
    }
}
