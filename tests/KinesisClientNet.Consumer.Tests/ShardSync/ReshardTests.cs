using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Consumer.Tests.Leasing;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>
/// Splits and merges at any time, as on-demand streams make them, while workers join, leave and crash and leases are on their way: no child is forgotten, none is read before its
/// parents are done, every finished lease is cleaned up.
/// </summary>
[Trait("Story", "R1")]
public sealed class ReshardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Random_reshards_of_a_living_fleet_forget_no_child()
    {
        var (splits, merges) = (0, 0);
        for (var seed = 1; seed <= 25; seed++)
        {
            var random = new Random(seed);
            await using var fleet = new TestFleet();
            fleet.Api.Create(3);
            List<string> workers = ["w0", "w1"];
            foreach (var worker in workers)
                fleet.Start(worker);
            for (var round = 2; round < 22; round++)
            {
                for (var i = random.Next(1, 20); i > 0; i--)
                    await StepAsync(fleet);
                if (Reshard(fleet.Api, random))
                    splits++;
                else
                    merges++;
                await ChangeAsync(fleet, workers, random, $"w{round}");
            }

            for (var i = 0; i < 400; i++)
                await StepAsync(fleet);

            var leases = (await fleet.TableAsync()).Leases;
            Assert.Equal(fleet.Api.OpenIds.Order(StringComparer.Ordinal), leases.Select(lease => lease.LeaseKey)); // finished ones are cleaned up
            Assert.Equal(leases.Length, fleet.HeldByAll().Count);
            Assert.Null(HashRangeHole.Find(leases));
            Assert.All(leases, lease => Assert.False(lease.IsHandingOver, $"seed {seed}: {lease}"));
        }

        TestContext.Current.SendDiagnosticMessage($"25 seeds, {splits} splits, {merges} merges");
    }

    /// <summary>Half a second: held shards whose parents are done are read; one that is closed is read to its end at once.</summary>
    private static async Task StepAsync(TestFleet fleet)
    {
        fleet.Advance(0.5);
        await fleet.HandOverAllAsync();
        var open = fleet.Api.OpenIds.ToHashSet();
        foreach (var lease in fleet.HeldLeases().Where(lease => !lease.Checkpoint.IsShardEnd))
        {
            try
            {
                await ReadAsync(fleet, lease, open);
            }
            catch (IOException)
            {
                // The store of a crashed worker.
                Assert.False(lease.Checkpoint.IsShardEnd);
            }
        }
    }

    private static async Task ReadAsync(TestFleet fleet, HeldLease lease, HashSet<string> open)
    {
        var keeper = fleet.KeeperOf(lease);
        if (await keeper.FindUnfinishedParentAsync(lease, Token) is not null)
            return;
        foreach (var parent in lease.ParentShardIds)
            Assert.True(await fleet.Store.ReadLeaseAsync(parent, Token) is null or { IsFinished: true }, $"{lease.ShardId} is read before its parent {parent} is done.");
        if (open.Contains(lease.ShardId))
            await lease.WriteCheckpointAsync(new(Core.Sharding.SequenceNumber.FromBits(0, 1_000_000)), Token);
        else
            await keeper.CompleteShardAsync(lease, fleet.Api.ChildrenOf(lease.ShardId), Token);
    }

    /// <returns>True for a split, false for a merge.</returns>
    private static bool Reshard(ListedShards api, Random random)
    {
        var open = api.All.Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start).ToList();
        if (open.Count < 3 || (open.Count < 12 && random.Next(2) == 0))
        {
            api.Split(open[random.Next(open.Count)].ShardId);
            return true;
        }

        var left = random.Next(open.Count - 1);
        api.Merge(open[left].ShardId, open[left + 1].ShardId);
        return false;
    }

    private static async Task ChangeAsync(TestFleet fleet, List<string> workers, Random random, string name)
    {
        var victim = workers[random.Next(workers.Count)];
        switch (random.Next(5))
        {
            case 0 when workers.Count < 5:
                workers.Add(name);
                fleet.Start(name);
                break;
            case 1 when workers.Count > 1:
                workers.Remove(victim);
                fleet.Crash(victim);
                break;
            case 2 when workers.Count > 1:
                workers.Remove(victim);
                fleet.Drain(victim);
                foreach (var lease in fleet[victim].Owned.Values.OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal))
                    await fleet[victim].ReleaseAsync(lease, Token);
                break;
        }
    }
}
