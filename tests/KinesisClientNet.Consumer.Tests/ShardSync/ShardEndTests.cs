using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.ShardSync;
using KinesisClientNet.Consumer.Tests.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>The end of a shard: children first, then SHARD_END, then on with the children.</summary>
public sealed class ShardEndTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_children_of_a_split_are_held_at_once_by_the_worker_that_ended_the_parent()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        var parent = fleet.Api.All[0].ShardId;
        var children = fleet.Api.Split(parent);

        var result = await fleet["a"].CompleteShardAsync(fleet["a"].Owned[parent], fleet.Api.ChildrenOf(parent), Token);

        Assert.Equal(ShardEndResult.Completed, result);
        Assert.All(children, child => Assert.True(fleet["a"].Owned[child].IsHeld));
        var row = (await fleet.Store.ReadLeaseAsync(parent, Token))!;
        Assert.True(row.IsFinished);
        Assert.Equal(children, row.ChildShardIds);
        Assert.Null(await fleet["a"].FindUnfinishedParentAsync(fleet["a"].Owned[children[0]], Token));
    }

    [Fact]
    public async Task Children_that_the_last_page_did_not_name_are_listed()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        var parent = fleet.Api.All[0].ShardId;
        var children = fleet.Api.Split(parent);

        await fleet["a"].CompleteShardAsync(fleet["a"].Owned[parent], [], Token);

        Assert.All(children, child => Assert.True(fleet["a"].Owned.ContainsKey(child)));
    }

    [Fact]
    public async Task A_shard_of_a_deleted_stream_ends_without_children()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        fleet.Api.Failure = new KinesisApiException(KinesisErrorKind.NotFound, "ResourceNotFoundException", "The stream is gone.");

        var result = await fleet["a"].CompleteShardAsync(fleet["a"].Owned.Values.Single(), [], Token);

        Assert.Equal(ShardEndResult.Completed, result);
    }

    [Fact]
    public async Task The_child_of_a_merge_waits_until_its_other_parent_has_a_lease()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        var (left, right) = (fleet.Api.All[0].ShardId, fleet.Api.All[1].ShardId);
        var halves = fleet.Api.Split(right);
        var merged = fleet.Api.Merge(left, halves[0]);

        // The left parent ends first. Its partner has no lease yet, because the shard that it came from is still being read.
        var early = await fleet["a"].CompleteShardAsync(fleet["a"].Owned[left], fleet.Api.ChildrenOf(left), Token);
        Assert.Equal(ShardEndResult.WaitsForMergePartner, early);
        Assert.False((await fleet.Store.ReadLeaseAsync(left, Token))!.IsFinished);

        await fleet["a"].CompleteShardAsync(fleet["a"].Owned[right], fleet.Api.ChildrenOf(right), Token);
        var second = await fleet["a"].CompleteShardAsync(fleet["a"].Owned[left], fleet.Api.ChildrenOf(left), Token);

        Assert.Equal(ShardEndResult.Completed, second);
        var waiting = await fleet["a"].FindUnfinishedParentAsync(fleet["a"].Owned[merged], Token);
        Assert.Equal(halves[0], waiting!.ShardId);
    }

    [Fact]
    [Trait("Story", "R1")]
    public async Task The_child_of_a_merge_waits_for_a_parent_that_is_too_new_for_a_stale_listing()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        var (left, right) = (fleet.Api.All[0].ShardId, fleet.Api.All[1].ShardId);
        fleet.Api.Listed = 2;
        fleet.Api.Merge(left, fleet.Api.Split(right)[0]);

        var result = await fleet["a"].CompleteShardAsync(fleet["a"].Owned[left], fleet.Api.ChildrenOf(left), Token);

        Assert.Equal(ShardEndResult.WaitsForMergePartner, result);
    }

    [Fact]
    public async Task The_child_of_a_merge_does_not_wait_for_a_parent_that_the_stream_has_forgotten()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        var (left, right) = (fleet.Api.All[0].ShardId, fleet.Api.All[1].ShardId);
        fleet.Api.Merge(left, right);
        var children = fleet.Api.ChildrenOf(left);
        await fleet.Store.WriteLeaseAsync(new DeleteLease(right, OnlyFinished: false), Token);
        fleet.Api.Expire(right);

        Assert.Equal(ShardEndResult.Completed, await fleet["a"].CompleteShardAsync(fleet["a"].Owned[left], children, Token));
    }

    [Fact]
    public async Task Both_parents_of_a_merge_may_end_at_the_same_time()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(40);
        var (left, right) = (fleet["a"].Owned.Values.Single(), fleet["b"].Owned.Values.Single());
        var merged = fleet.Api.Merge(left.ShardId, right.ShardId);

        await fleet["a"].CompleteShardAsync(left, fleet.Api.ChildrenOf(left.ShardId), Token);
        await fleet["b"].CompleteShardAsync(right, fleet.Api.ChildrenOf(right.ShardId), Token);

        Assert.Equal("a", (await fleet.Store.ReadLeaseAsync(merged, Token))!.Owner);
        Assert.True(fleet["a"].Owned.ContainsKey(merged));
        Assert.False(fleet["b"].Owned.ContainsKey(merged));
    }

    /// <summary>Story L10: whatever write is the last before a crash, no child is forgotten.</summary>
    [Fact]
    [Trait("Story", "L10")]
    public async Task A_crash_at_every_step_of_a_shard_end_forgets_no_child()
    {
        for (var lastWrite = 0; lastWrite < 6; lastWrite++)
        {
            await using var fleet = new TestFleet();
            fleet.Api.Create(1);
            fleet.Start("a");
            var parent = fleet.Api.All[0].ShardId;
            var children = fleet.Api.Split(parent);
            var left = lastWrite;
            fleet.StoreOf("a").Fault = (_, detail) => detail is LeaseWrite && left-- <= 0 ? StoreFault.Refuse : StoreFault.None;
            try
            {
                await fleet["a"].CompleteShardAsync(fleet["a"].Owned[parent], fleet.Api.ChildrenOf(parent), Token);
            }
            catch (IOException)
            {
                // The crash.
            }

            fleet.Crash("a");
            fleet.Start("b");
            fleet.AdvanceUntil(() => fleet["b"].Owned.ContainsKey(parent) || children.All(fleet["b"].Owned.ContainsKey));
            if (fleet["b"].Owned.TryGetValue(parent, out var again) && !again.Checkpoint.IsShardEnd)
                Assert.Equal(ShardEndResult.Completed, await fleet["b"].CompleteShardAsync(again, fleet.Api.ChildrenOf(parent), Token));
            fleet.AdvanceUntil(() => children.All(fleet["b"].Owned.ContainsKey));
            Assert.Null(HashRangeHole.Find((await fleet.TableAsync()).Leases));
        }
    }

    [Fact]
    public async Task A_finished_lease_is_deleted_when_its_children_are_being_read()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(1);
        fleet.Start("a");
        var parent = fleet.Api.All[0].ShardId;
        var children = fleet.Api.Split(parent);
        await fleet["a"].CompleteShardAsync(fleet["a"].Owned[parent], fleet.Api.ChildrenOf(parent), Token);
        fleet.Advance(90);
        Assert.NotNull(await fleet.Store.ReadLeaseAsync(parent, Token));

        foreach (var child in children)
            await fleet["a"].Owned[child].WriteCheckpointAsync(new(SequenceNumber.FromBits(0, 77)), Token);
        fleet.Advance(90);

        Assert.Null(await fleet.Store.ReadLeaseAsync(parent, Token));
        Assert.False(fleet["a"].Owned.ContainsKey(parent));
    }
}
