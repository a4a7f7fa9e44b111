using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>
/// Acceptance: an application of KCL 3.5 is taken over and given back. The table begins with the items of the KCL reference, appendix A, letter for letter; after each of our writes what
/// stands there is what a Java worker would have written, so it goes on from it.
/// </summary>
[Trait("Story", "C4")]
public sealed class TakeOverTests(DynaliteFixture dynalite)
{
    private const string Shard = "shardId-000000000003";
    private const string Sequence = "49590338271490256608559692538361571095921575989136588898";
    private const string Later = "49590338271490256608559692540925702759324208523137515618";
    private const string Rest = "parentShardId=SS:[shardId-000000000001] startingHashKey=S:0 throughputKBps=N:412.337891";
    private const string Range = "endingHashKey=S:170141183460469231731687303715884105727 entityType=S:LEASE";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static AttributeValue N(string number) => new() { N = number };

    [Fact]
    public async Task An_application_of_KCL_is_taken_over_and_given_back()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await PutAppendixAAsync(table);
        await table.Store.PrepareAsync(Token);

        // What is read is what stands there.
        var read = await table.Store.ReadTableAsync(Token);
        var lease = Assert.Single(read.Leases);
        Assert.Equal(("worker-A", 18231L, new ExtendedSequenceNumber(SequenceNumber.Parse(Sequence), 7)), (lease.Owner, lease.Counter, lease.Checkpoint));
        Assert.Equal([41.25, 39.871204], Assert.Single(read.Workers).Metrics["C"]);
        Assert.Equal(0, read.UnreadableItems);
        var javaLock = (await table.Store.ReadLeaderLockAsync(Token))!;
        Assert.Equal(("worker-A", TimeSpan.FromSeconds(120)), (javaLock.Owner, javaLock.Duration));

        // Taken over: the lock after its 120 s, the lease from the dead worker; the prepared checkpoint stays until the next checkpoint.
        Assert.True(await table.Store.ReplaceLeaderLockAsync(javaLock, new("ours", TimeSpan.FromSeconds(11), "v1"), Token));
        await AssertAfterAsync(
            table,
            new AssignLease(Shard, "worker-A", null, "ours", 18231),
            $"checkpoint=S:{Sequence} checkpointSubSequenceNumber=N:7 {Range} leaseCounter=N:18232 leaseKey=S:{Shard} leaseOwner=S:ours ownerSwitchesSinceCheckpoint=N:1 " +
            $"parentShardId=SS:[shardId-000000000001] pendingCheckpoint=S:{Later} pendingCheckpointState=B:AQID pendingCheckpointSubSequenceNumber=N:0 startingHashKey=S:0 throughputKBps=N:412.337891");
        Assert.True((await table.Store.WriteLeaseAsync(new ClaimLease(Shard, "ours"), Token)).IsApplied);
        await AssertAfterAsync(
            table,
            new CheckpointLease(Shard, 18233, new(SequenceNumber.Parse(Later))),
            $"checkpoint=S:{Later} checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:18234 leaseKey=S:{Shard} leaseOwner=S:ours ownerSwitchesSinceCheckpoint=N:0 {Rest}");

        // The Java worker's late renewal and checkpoint carry its counter: both are refused.
        Assert.False((await table.Store.WriteLeaseAsync(new RenewLease(Shard, 18231), Token)).IsApplied);
        Assert.False((await table.Store.WriteLeaseAsync(new CheckpointLease(Shard, 18231, ExtendedSequenceNumber.ShardEnd), Token)).IsApplied);

        // Given back: by a hand-over that the Java worker finds in the index, and the lock deleted as KCL's lock client does.
        await AssertAfterAsync(
            table,
            new StartHandover(Shard, "ours", "worker-A"),
            $"checkpoint=S:{Later} checkpointOwner=S:ours checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:18234 leaseKey=S:{Shard} leaseOwner=S:worker-A ownerSwitchesSinceCheckpoint=N:0 {Rest}");
        await AssertAfterAsync(
            table,
            new AssignLease(Shard, "worker-A", "ours", "worker-A"),
            $"checkpoint=S:{Later} checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:18235 leaseKey=S:{Shard} leaseOwner=S:worker-A ownerSwitchesSinceCheckpoint=N:0 {Rest}");
        Assert.Equal([Shard], await table.Store.ListKeysOwnedByAsync("worker-A", Token));
        Assert.True(await table.Store.ReplaceLeaderLockAsync(new("ours", TimeSpan.FromSeconds(11), "v1"), null, Token));
        Assert.DoesNotContain(await table.ItemsAsync(), item => item.Contains("leaseKey=S:Leader", StringComparison.Ordinal));
        // KCL's own state is as it was.
        Assert.Contains(
            "cv=S:CLIENT_VERSION_3X entityType=S:CLIENT_VERSION_MIGRATION h=L:[M:{cv=S:CLIENT_VERSION_INIT mb=S:worker-A mts=N:1788999999000}] leaseKey=S:Migration3.0 mb=S:worker-A mts=N:1789000000123",
            await table.ItemsAsync());
    }

    private static async Task AssertAfterAsync(LeaseTable table, LeaseWrite write, string expected)
    {
        Assert.True((await table.Store.WriteLeaseAsync(write, Token)).IsApplied, write.ToString());
        Assert.Equal(expected, (await table.ItemsAsync()).Single(item => item.Contains($"leaseKey=S:{Shard} ", StringComparison.Ordinal)));
    }

    private static async Task PutAppendixAAsync(LeaseTable table)
    {
        await table.PutAsync(new()
        {
            ["leaseKey"] = new(Shard), ["leaseOwner"] = new("worker-A"), ["leaseCounter"] = N("18231"), ["ownerSwitchesSinceCheckpoint"] = N("0"),
            ["checkpoint"] = new(Sequence), ["checkpointSubSequenceNumber"] = N("7"), ["pendingCheckpoint"] = new(Later), ["pendingCheckpointSubSequenceNumber"] = N("0"),
            ["pendingCheckpointState"] = new() { B = new MemoryStream([1, 2, 3]) }, ["throughputKBps"] = N("412.337891"),
            ["parentShardId"] = new() { SS = ["shardId-000000000001"] }, ["startingHashKey"] = new("0"),
            ["endingHashKey"] = new("170141183460469231731687303715884105727"), ["entityType"] = new("LEASE"),
        });
        await table.PutAsync(new()
        {
            ["leaseKey"] = new("worker-A"), ["entityType"] = new("WORKER_METRIC_STATS"), ["lut"] = N("1789000000"), ["sup"] = N("1"), ["slu"] = N("1789000000"),
            ["sts"] = new() { M = new() { ["C"] = new() { L = [N("41.25"), N("39.871204")] } } }, ["opr"] = new() { M = new() { ["C"] = new() { L = [N("100")] } } },
        });
        await table.PutAsync(new()
        {
            ["leaseKey"] = new("Leader"), ["ownerName"] = new("worker-A"), ["leaseDuration"] = new("120000"),
            ["recordVersionNumber"] = new("5f1c2a7e-0c1e-4a4b-9d52-1c1f0a9a5b11"), ["entityType"] = new("LEADER"),
        });
        await table.PutAsync(new()
        {
            ["leaseKey"] = new("Migration3.0"), ["entityType"] = new("CLIENT_VERSION_MIGRATION"), ["cv"] = new("CLIENT_VERSION_3X"), ["mb"] = new("worker-A"), ["mts"] = N("1789000000123"),
            ["h"] = new() { L = [new() { M = new() { ["cv"] = new("CLIENT_VERSION_INIT"), ["mb"] = new("worker-A"), ["mts"] = N("1788999999000") } }] },
        });
    }
}
