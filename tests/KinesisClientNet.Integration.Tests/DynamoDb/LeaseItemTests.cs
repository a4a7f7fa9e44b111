using System.Collections.Immutable;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>Golden items: what stands in the table after each step is what KCL 3.5 writes, attribute by attribute (KCL reference, appendix A).</summary>
public sealed class LeaseItemTests(DynaliteFixture dynalite)
{
    private const string Shard = "shardId-000000000003";
    private const string Range = "endingHashKey=S:170141183460469231731687303715884105727 entityType=S:LEASE";
    private const string Sequence = "49590338271490256608559692538361571095921575989136588898";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Lease NewRow => new()
    {
        LeaseKey = Shard,
        ShardId = Shard,
        Checkpoint = ExtendedSequenceNumber.TrimHorizon,
        ParentShardIds = ["shardId-000000000001"],
        HashKeyRange = new(0, UInt128.MaxValue / 2),
    };

    [Fact]
    public async Task A_new_lease() => await AfterAsync(
        [],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:0 leaseKey=S:{Shard} " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task An_assigned_lease() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A")],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:1 leaseKey=S:{Shard} leaseOwner=S:worker-A " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_lease_taken_from_a_dead_worker_counts_a_switch() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A"), new AssignLease(Shard, "worker-A", null, "worker-B", 1)],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:2 leaseKey=S:{Shard} leaseOwner=S:worker-B " +
        "ownerSwitchesSinceCheckpoint=N:1 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_renewed_lease_with_its_throughput() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A"), new ClaimLease(Shard, "worker-A"), new RenewLease(Shard, 2, 412.3378905)],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:3 leaseKey=S:{Shard} leaseOwner=S:worker-A " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0 throughputKBps=N:412.337891");

    [Fact]
    public async Task A_checkpointed_lease() => await AfterAsync(
        [
            new AssignLease(Shard, null, null, "worker-A"), new AssignLease(Shard, "worker-A", null, "worker-B"),
            new CheckpointLease(Shard, 2, new(SequenceNumber.Parse(Sequence), 7)),
        ],
        $"checkpoint=S:{Sequence} checkpointSubSequenceNumber=N:7 {Range} leaseCounter=N:3 leaseKey=S:{Shard} leaseOwner=S:worker-B " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_checkpoint_carries_the_throughput_too() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A"), new CheckpointLease(Shard, 1, new(SequenceNumber.Parse(Sequence), 7)) { ThroughputKBps = 412.3378905 }],
        $"checkpoint=S:{Sequence} checkpointSubSequenceNumber=N:7 {Range} leaseCounter=N:2 leaseKey=S:{Shard} leaseOwner=S:worker-A " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0 throughputKBps=N:412.337891");

    [Fact]
    public async Task A_hand_over_that_was_called_off() => await AfterAsync(
        [
            new AssignLease(Shard, null, null, "worker-A"), new StartHandover(Shard, "worker-A", "worker-B"),
            new AssignLease(Shard, "worker-B", "worker-A", "worker-A"),
        ],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:2 leaseKey=S:{Shard} leaseOwner=S:worker-A " +
        "ownerSwitchesSinceCheckpoint=N:1 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_pending_hand_over_leaves_the_counter_alone() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A"), new StartHandover(Shard, "worker-A", "worker-B")],
        $"checkpoint=S:TRIM_HORIZON checkpointOwner=S:worker-A checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:1 leaseKey=S:{Shard} " +
        "leaseOwner=S:worker-B ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_finished_hand_over() => await AfterAsync(
        [
            new AssignLease(Shard, null, null, "worker-A"), new StartHandover(Shard, "worker-A", "worker-B"),
            new AssignLease(Shard, "worker-B", "worker-A", "worker-B"),
        ],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:2 leaseKey=S:{Shard} leaseOwner=S:worker-B " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task An_evicted_lease() => await AfterAsync(
        [new AssignLease(Shard, null, null, "worker-A"), new EvictLease(Shard, "worker-A")],
        $"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 {Range} leaseCounter=N:2 leaseKey=S:{Shard} " +
        "ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_lease_of_a_shard_that_was_split() => await AfterAsync(
        [
            new AssignLease(Shard, null, null, "worker-A"),
            new DescribeLease(Shard) { ChildShardIds = ["shardId-000000000007", "shardId-000000000008"] },
            new CheckpointLease(Shard, 1, ExtendedSequenceNumber.ShardEnd),
        ],
        $"checkpoint=S:SHARD_END checkpointSubSequenceNumber=N:0 childShardIds=SS:[shardId-000000000007,shardId-000000000008] {Range} " +
        $"leaseCounter=N:2 leaseKey=S:{Shard} leaseOwner=S:worker-A ownerSwitchesSinceCheckpoint=N:0 parentShardId=SS:[shardId-000000000001] startingHashKey=S:0");

    [Fact]
    public async Task A_lease_of_several_streams()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        const string Stream = "123456789012:orders:1700000000";

        await table.Store.WriteLeaseAsync(
            new CreateLease(NewRow with { LeaseKey = $"{Stream}:{Shard}", StreamId = Stream, ParentShardIds = [], HashKeyRange = null }), Token);

        Assert.Equal(
            [$"checkpoint=S:TRIM_HORIZON checkpointSubSequenceNumber=N:0 entityType=S:LEASE leaseCounter=N:0 leaseKey=S:{Stream}:{Shard} ownerSwitchesSinceCheckpoint=N:0 shardId=S:{Shard} streamName=S:{Stream}"],
            await table.ItemsAsync());
    }

    [Fact]
    public async Task A_report_of_a_worker_with_and_without_metrics()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        var report = new WorkerReport("worker-A", DateTimeOffset.FromUnixTimeSeconds(1_789_000_000));

        await table.Store.WriteReportAsync(report, Token);
        await table.Store.WriteReportAsync(
            report with
            {
                WorkerId = "worker-B",
                Metrics = ImmutableDictionary<string, ImmutableArray<double>>.Empty.Add("C", [41.25, 39.871204]),
                OperatingRanges = ImmutableDictionary<string, long>.Empty.Add("C", 100),
            },
            Token);

        Assert.Equal(
            [
                "entityType=S:WORKER_METRIC_STATS leaseKey=S:worker-A lut=N:1789000000 opr=M:{} slu=N:1789000000 sts=M:{} sup=N:1",
                "entityType=S:WORKER_METRIC_STATS leaseKey=S:worker-B lut=N:1789000000 opr=M:{C=L:[N:100]} slu=N:1789000000 sts=M:{C=L:[N:41.25,N:39.871204]} sup=N:1",
            ],
            await table.ItemsAsync());
    }

    [Fact]
    public async Task The_leader_lock()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        var first = new LeaderLock("worker-A", TimeSpan.FromSeconds(120), "5f1c2a7e-0c1e-4a4b-9d52-1c1f0a9a5b11");

        await table.Store.ReplaceLeaderLockAsync(null, first, Token);
        var taken = await table.ItemsAsync();
        await table.Store.ReplaceLeaderLockAsync(first, first with { Version = "v2" }, Token);
        var kept = await table.ItemsAsync();

        Assert.Equal(["entityType=S:LEADER leaseDuration=S:120000 leaseKey=S:Leader ownerName=S:worker-A recordVersionNumber=S:5f1c2a7e-0c1e-4a4b-9d52-1c1f0a9a5b11"], taken);
        Assert.Equal(["entityType=S:LEADER leaseDuration=S:120000 leaseKey=S:Leader ownerName=S:worker-A recordVersionNumber=S:v2"], kept);
    }

    [Fact]
    public async Task Items_that_are_no_leases_are_skipped_and_broken_leases_are_counted()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.Store.WriteLeaseAsync(new CreateLease(NewRow), Token);
        await table.PutAsync(new() { ["leaseKey"] = new("orders"), ["entityType"] = new("STREAM"), ["streamId"] = new("x") });
        await table.PutAsync(new() { ["leaseKey"] = new("future"), ["entityType"] = new("SOMETHING_NEW") });
        await table.PutAsync(new() { ["leaseKey"] = new("shardId-000000000009"), ["entityType"] = new("LEASE") });
        await table.PutAsync(new()
        {
            ["leaseKey"] = new("shardId-000000000005"), ["checkpoint"] = new("LATEST"), ["leaseCounter"] = new() { N = "3" },
            ["checkpointSubSequenceNumber"] = new() { N = "0" }, ["ownerSwitchesSinceCheckpoint"] = new() { N = "0" }, ["futureAttribute"] = new("x"),
        });

        var read = await table.Store.ReadTableAsync(Token);

        Assert.Equal([Shard, "shardId-000000000005"], read.Leases.Select(lease => lease.LeaseKey).Order(StringComparer.Ordinal));
        Assert.Equal(1, read.UnreadableItems);
        Assert.Null(await table.Store.ReadLeaseAsync("orders", Token));
    }

    [Fact]
    [Trait("Story", "C4")]
    public async Task A_lease_prepared_by_a_java_worker_keeps_its_pending_checkpoint_until_the_next_checkpoint()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.PutAsync(new()
        {
            ["leaseKey"] = new(Shard), ["leaseOwner"] = new("worker-A"), ["leaseCounter"] = new() { N = "18231" }, ["ownerSwitchesSinceCheckpoint"] = new() { N = "0" },
            ["checkpoint"] = new(Sequence), ["checkpointSubSequenceNumber"] = new() { N = "7" },
            ["pendingCheckpoint"] = new("49590338271490256608559692540925702759324208523137515618"), ["pendingCheckpointSubSequenceNumber"] = new() { N = "0" },
            ["pendingCheckpointState"] = new() { B = new MemoryStream([1, 2, 3]) }, ["throughputKBps"] = new() { N = "412.337891" }, ["entityType"] = new("LEASE"),
        });

        var renewed = await table.Store.WriteLeaseAsync(new RenewLease(Shard, 18231), Token);
        var pending = await table.ItemsAsync();
        await table.Store.WriteLeaseAsync(new CheckpointLease(Shard, 18232, ExtendedSequenceNumber.ShardEnd), Token);
        var done = await table.ItemsAsync();

        Assert.Equal([1, 2, 3], renewed.Lease!.PendingCheckpointState!.Value.ToArray());
        Assert.Contains("pendingCheckpointState=B:AQID", pending[0], StringComparison.Ordinal);
        Assert.Equal(
            [$"checkpoint=S:SHARD_END checkpointSubSequenceNumber=N:0 entityType=S:LEASE leaseCounter=N:18233 leaseKey=S:{Shard} leaseOwner=S:worker-A ownerSwitchesSinceCheckpoint=N:0 throughputKBps=N:412.337891"],
            done);
    }

    private async Task AfterAsync(IEnumerable<LeaseWrite> writes, string expected)
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        await table.Store.WriteLeaseAsync(new CreateLease(NewRow), Token);

        foreach (var write in writes)
            Assert.True((await table.Store.WriteLeaseAsync(write, Token)).IsApplied, write.ToString());

        Assert.Equal([expected], await table.ItemsAsync());
    }
}
