using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Consumer.Tests.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>A stream that was deleted and created again under its name. In KCL its old leases hide the new records for ever.</summary>
[Trait("Story", "R4")]
public sealed class CreatedAgainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExtendedSequenceNumber At(ulong number) => new(SequenceNumber.FromBits(0, 1_000_000 + number));

    /// <summary>The worker ran all the time, and its shards had got somewhere.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(6)]
    public async Task A_running_application_reads_the_new_stream_from_its_oldest_record(int shards)
    {
        await using var fleet = new TestFleet { StartFrom = StartingPosition.Latest };
        fleet.Api.Create(4);
        fleet.Start("a");
        foreach (var lease in fleet["a"].Owned.Values)
            await lease.WriteCheckpointAsync(At(7), Token);
        var epochs = fleet["a"].Owned.Values.ToDictionary(lease => lease.ShardId, lease => lease.Epoch);

        fleet.Api.CreateAgain(shards);
        await fleet.AdvanceWithHandoversAsync(400);

        var leases = (await fleet.TableAsync()).Leases;
        Assert.Equal(fleet.Api.All.Select(shard => shard.ShardId), leases.Select(lease => lease.ShardId));
        Assert.All(leases, lease => Assert.Equal(ExtendedSequenceNumber.TrimHorizon, lease.Checkpoint));
        Assert.Equal(fleet.Api.All.Select(shard => (HashKeyRange?)shard.HashKeyRange), leases.Select(lease => lease.HashKeyRange));
        Assert.Equal(shards, fleet.Held("a"));
        Assert.All(fleet["a"].Owned.Values.Where(lease => epochs.ContainsKey(lease.ShardId)), lease => Assert.True(lease.Epoch > epochs[lease.ShardId]));
    }

    /// <summary>All shards of the former stream were read to their end; nobody ran while it was replaced.</summary>
    [Fact]
    public async Task Finished_leases_of_the_former_stream_do_not_hide_the_new_one()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(3);
        foreach (var shard in fleet.Api.All)
        {
            await fleet.Store.WriteLeaseAsync(
                new CreateLease(new Lease { LeaseKey = shard.ShardId, ShardId = shard.ShardId, Checkpoint = ExtendedSequenceNumber.ShardEnd, HashKeyRange = shard.HashKeyRange }), Token);
        }

        fleet.Api.CreateAgain(3);
        fleet.Start("a");
        var waited = fleet.AdvanceUntil(() => fleet.Held("a") == 3);

        Assert.InRange(waited.TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task One_listing_that_is_older_than_the_table_resets_nothing()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Advance(1);
        var first = fleet["a"].Owned.Values.First();
        fleet.Advance(285);

        // Read to its end; the listing still shows it open when the audit comes, and closed at the next one.
        await fleet["a"].CompleteShardAsync(first, [new("shardId-000000000777", [first.ShardId], first.HashKeyRange!.Value)], Token);
        fleet.Advance(20);
        fleet.Api.Split(first.ShardId);
        fleet.Advance(600);

        var row = await fleet.Store.ReadLeaseAsync(first.LeaseKey, Token);
        Assert.True(row is null or { IsFinished: true }, $"{row}");
    }

    [Fact]
    public void A_lease_of_a_shard_that_left_the_retention_is_not_a_former_one()
    {
        var shards = new ListedShards();
        shards.Create(2);
        Lease[] leases =
        [
            new() { LeaseKey = "gone", ShardId = "gone", Checkpoint = At(1) },
            new() { LeaseKey = shards.All[0].ShardId, ShardId = shards.All[0].ShardId, Checkpoint = At(1), HashKeyRange = shards.All[0].HashKeyRange },
            new() { LeaseKey = shards.All[1].ShardId, ShardId = shards.All[1].ShardId, Checkpoint = ExtendedSequenceNumber.Latest },
        ];

        Assert.Empty(FormerLeases.Find(shards.All, leases));
    }
}
