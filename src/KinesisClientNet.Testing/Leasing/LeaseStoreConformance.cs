using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Testing.Leasing;

/// <summary>
/// The rules of a lease store, for the author of a third one: run every check against a fresh store from any test framework. The in-memory and the
/// DynamoDB store pass all of them.
/// </summary>
public static class LeaseStoreConformance
{
    private const int Racers = 16;

    /// <summary>All checks.</summary>
    public static IReadOnlyList<LeaseStoreCheck> Checks { get; } =
    [
        new("A row that was created is read back whole", CreatedIsReadBackAsync),
        new("A row is created only once", CreatedOnceAsync),
        new("Every write does on the store what it says in memory", WritesAgreeAsync),
        new("A refused write changes nothing and returns the row", RefusedReturnsRowAsync),
        new("A write to a row that is not there is refused without a row", MissingRowAsync),
        new("Of many workers that take the same lease one succeeds", OneWinnerAsync),
        new("Keys are found by their owner", KeysByOwnerAsync),
        new("A report is written, replaced and deleted only as it was seen", ReportsAsync),
        new("The leader lock is replaced only as it was seen", LeaderLockAsync),
        new("Of many workers that take the leader lock one succeeds", OneLeaderAsync),
        new("Reading the table returns every row", ReadsWholeTableAsync),
        new("A heartbeat is replaced and deleted only as it was seen", HeartbeatsAsync),
        new("News reach the worker with the answer to its heartbeat", NewsAsync),
        new("The leader lock records per-worker renewal and keeps its row when it is given up", RecordsRenewalAsync),
    ];

    private static Lease Row(string shard) => new()
    {
        LeaseKey = shard, ShardId = shard, Checkpoint = ExtendedSequenceNumber.TrimHorizon, HashKeyRange = HashKeyRange.Full,
    };

    private static Lease FullRow() => Row("shardId-000000000003") with
    {
        LeaseKey = "123456789012:orders:1700000000:shardId-000000000003",
        StreamId = "123456789012:orders:1700000000",
        Owner = "worker-a",
        CheckpointOwner = "worker-b",
        Counter = 17,
        Checkpoint = new(SequenceNumber.Parse("49590338271490256608559692538361571095921575989136588898"), 7),
        OwnerSwitchesSinceCheckpoint = 2,
        ParentShardIds = ["shardId-000000000001", "shardId-000000000002"],
        ChildShardIds = ["shardId-000000000007"],
        HashKeyRange = new(UInt128.One, UInt128.MaxValue),
        ThroughputKBps = 412.337891,
        PendingCheckpoint = new(SequenceNumber.Parse("49590338271490256608559692540925702759324208523137515618")),
        PendingCheckpointState = new byte[] { 1, 2, 3 },
    };

    private static async Task CreatedIsReadBackAsync(ILeaseStore store, CancellationToken token)
    {
        var row = FullRow();
        await Write(store, new CreateLease(row), token).ConfigureAwait(false);
        Same(row, await store.ReadLeaseAsync(row.LeaseKey, token).ConfigureAwait(false), "the row read back");
        Equal(null, (await store.ReadLeaseAsync("shardId-000000000999", token).ConfigureAwait(false))?.LeaseKey, "a row that was never created");
    }

    private static async Task CreatedOnceAsync(ILeaseStore store, CancellationToken token)
    {
        var row = Row("shardId-000000000000");
        await Write(store, new CreateLease(row), token).ConfigureAwait(false);
        var second = await store.WriteLeaseAsync(new CreateLease(row with { Owner = "late" }), token).ConfigureAwait(false);
        Equal(false, second.IsApplied, "the second creation");
        Equal(null, second.Lease?.Owner, "the owner after the second creation");
    }

    private static async Task WritesAgreeAsync(ILeaseStore store, CancellationToken token)
    {
        foreach (var (row, write) in Cases())
        {
            await store.WriteLeaseAsync(new DeleteLease(row.LeaseKey, OnlyFinished: false), token).ConfigureAwait(false);
            await Write(store, new CreateLease(row), token).ConfigureAwait(false);
            var result = await store.WriteLeaseAsync(write, token).ConfigureAwait(false);
            var expected = write.IsAllowed(row) ? write.Apply(row) : row;
            Equal(write.IsAllowed(row), result.IsApplied, $"{write} on {row}");
            Same(expected, result.Lease, $"the answer of {write}");
            Same(expected, await store.ReadLeaseAsync(row.LeaseKey, token).ConfigureAwait(false), $"the row after {write}");
        }
    }

    private static IEnumerable<(Lease Row, LeaseWrite Write)> Cases()
    {
        var free = Row("shardId-000000000000");
        var owned = free with { Owner = "a", Counter = 5 };
        var moving = owned with { Owner = "b", CheckpointOwner = "a" };
        var done = owned with { Checkpoint = ExtendedSequenceNumber.ShardEnd };
        var pending = FullRow();
        var key = free.LeaseKey;
        LeaseWrite[] writes =
        [
            new RenewLease(key, 5), new RenewLease(key, 5, 12.5), new RenewLease(key, 5, IsHandoverKnown: true), new RenewLease(key, 4),
            new ClaimLease(key, "a"), new ClaimLease(key, "b"),
            new AssignLease(key, null, null, "c"), new AssignLease(key, "a", null, "c"), new AssignLease(key, "a", null, "a"),
            new AssignLease(key, "a", null, "c", 5), new AssignLease(key, "a", null, "c", 4),
            new AssignLease(key, "b", "a", "b"), new AssignLease(key, "b", "a", "a"), new AssignLease(key, "b", null, "c"),
            new StartHandover(key, "a", "b"), new StartHandover(key, "b", "c"),
            new EvictLease(key, null), new EvictLease(key, "a"), new EvictLease(key, "b", "a"),
            new CheckpointLease(key, 5, new(SequenceNumber.Parse("1234"), 3)), new CheckpointLease(key, 6, ExtendedSequenceNumber.ShardEnd),
            new CheckpointLease(key, 5, new(SequenceNumber.Parse("1234"))) { ThroughputKBps = 12.3456789 },
            new CheckpointLease(key, 5, ExtendedSequenceNumber.ShardEnd) { ChildShardIds = ["shardId-000000000008"], HashKeyRange = new(1, 2) },
            new DescribeLease(key) { ChildShardIds = ["shardId-000000000001", "shardId-000000000002"] }, new DescribeLease(key) { HashKeyRange = new(3, 3) },
            new DeleteLease(key, OnlyFinished: true), new DeleteLease(key, OnlyFinished: false),
        ];
        foreach (var row in new[] { free, owned, moving, done })
        {
            foreach (var write in writes)
                yield return (row, write);
        }

        yield return (pending, new CheckpointLease(pending.LeaseKey, pending.Counter, new(SequenceNumber.Parse("99"))));
        yield return (pending, new RenewLease(pending.LeaseKey, pending.Counter, 0.1234567, IsHandoverKnown: true));
    }

    private static async Task RefusedReturnsRowAsync(ILeaseStore store, CancellationToken token)
    {
        var row = Row("shardId-000000000000") with { Owner = "a", Counter = 9 };
        await Write(store, new CreateLease(row), token).ConfigureAwait(false);
        var refused = await store.WriteLeaseAsync(new RenewLease(row.LeaseKey, 8), token).ConfigureAwait(false);
        Equal(false, refused.IsApplied, "a renewal with an old counter");
        Same(row, refused.Lease, "the row beside the refusal");
    }

    private static async Task MissingRowAsync(ILeaseStore store, CancellationToken token)
    {
        const string Key = "shardId-000000000000";
        LeaseWrite[] writes =
        [
            new RenewLease(Key, 0), new ClaimLease(Key, "a"), new AssignLease(Key, null, null, "a"), new StartHandover(Key, "a", "b"),
            new EvictLease(Key, null), new CheckpointLease(Key, 0, ExtendedSequenceNumber.Latest), new DescribeLease(Key) { HashKeyRange = HashKeyRange.Full },
        ];
        foreach (var write in writes)
        {
            var result = await store.WriteLeaseAsync(write, token).ConfigureAwait(false);
            Equal(false, result.IsApplied, $"{write} without a row");
            Equal(null, result.Lease?.LeaseKey, $"the row beside {write}");
        }

        Equal(0, (await store.ReadTableAsync(token).ConfigureAwait(false)).Leases.Length, "rows after writes to nothing");
        Equal(true, (await store.WriteLeaseAsync(new DeleteLease(Key, OnlyFinished: true), token).ConfigureAwait(false)).IsApplied, "the deletion of nothing");
    }

    private static async Task OneWinnerAsync(ILeaseStore store, CancellationToken token)
    {
        var row = Row("shardId-000000000000") with { Owner = "dead", Counter = 3 };
        await Write(store, new CreateLease(row), token).ConfigureAwait(false);
        var results = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => Task.Run(
            async () => await store.WriteLeaseAsync(new AssignLease(row.LeaseKey, "dead", null, $"w{i}", 3), token).ConfigureAwait(false), token))).ConfigureAwait(false);
        Equal(1, results.Count(result => result.IsApplied), "winners");
        var owner = results.Single(result => result.IsApplied).Lease?.Owner;
        var stands = await store.ReadLeaseAsync(row.LeaseKey, token).ConfigureAwait(false);
        Equal(owner, stands?.Owner, "the owner after the race");
        Equal(4L, stands?.Counter, "the counter after the race");
    }

    private static async Task KeysByOwnerAsync(ILeaseStore store, CancellationToken token)
    {
        for (var i = 0; i < 5; i++)
            await Write(store, new CreateLease(Row($"shardId-{i:D12}") with { Owner = i % 2 == 0 ? "even" : "odd" }), token).ConfigureAwait(false);
        await Write(store, new AssignLease("shardId-000000000004", "even", null, "odd"), token).ConfigureAwait(false);
        await Write(store, new EvictLease("shardId-000000000001", "odd"), token).ConfigureAwait(false);
        var odd = await store.ListKeysOwnedByAsync("odd", token).ConfigureAwait(false);
        Equal("shardId-000000000003 shardId-000000000004", string.Join(' ', odd.Order(StringComparer.Ordinal)), "keys of 'odd'");
        Equal(0, (await store.ListKeysOwnedByAsync("nobody", token).ConfigureAwait(false)).Count, "keys of 'nobody'");
    }

    private static async Task ReportsAsync(ILeaseStore store, CancellationToken token)
    {
        var first = new WorkerReport("worker-a", DateTimeOffset.FromUnixTimeSeconds(1_789_000_000));
        var second = first with
        {
            UpdatedAt = first.UpdatedAt.AddSeconds(30),
            Metrics = ImmutableDictionary<string, ImmutableArray<double>>.Empty.Add("C", [41.25, -1, 39.871204]),
            OperatingRanges = ImmutableDictionary<string, long>.Empty.Add("C", 80),
        };
        await store.WriteReportAsync(first, token).ConfigureAwait(false);
        await store.WriteReportAsync(second, token).ConfigureAwait(false);
        var read = (await store.ReadTableAsync(token).ConfigureAwait(false)).Workers;
        Equal(1, read.Length, "reports of one worker");
        Equal(second.UpdatedAt, read[0].UpdatedAt, "its time");
        Equal("41.25 -1 39.871204", string.Join(' ', read[0].Metrics["C"].Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))), "its metrics");
        Equal(80L, read[0].OperatingRanges["C"], "its operating range");
        Equal(false, await store.DeleteReportAsync(first, token).ConfigureAwait(false), "the deletion of an old report");
        Equal(true, await store.DeleteReportAsync(second, token).ConfigureAwait(false), "the deletion of the report");
        Equal(false, await store.DeleteReportAsync(second, token).ConfigureAwait(false), "the second deletion");
    }

    private static async Task LeaderLockAsync(ILeaseStore store, CancellationToken token)
    {
        var first = new LeaderLock("a", TimeSpan.FromSeconds(11), "v1");
        var beat = first with { Version = "v2" };
        var other = new LeaderLock("b", TimeSpan.FromSeconds(120), "v3");
        Equal(null, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the lock of an empty table");
        Equal(true, await store.ReplaceLeaderLockAsync(null, first, token).ConfigureAwait(false), "taking a free lock");
        Equal(false, await store.ReplaceLeaderLockAsync(null, other, token).ConfigureAwait(false), "taking a held lock as free");
        Equal(first, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the lock");
        Equal(true, await store.ReplaceLeaderLockAsync(first, beat, token).ConfigureAwait(false), "a heartbeat");
        Equal(false, await store.ReplaceLeaderLockAsync(first, first with { Version = "v9" }, token).ConfigureAwait(false), "a heartbeat with an old version");
        Equal(true, await store.ReplaceLeaderLockAsync(beat, other, token).ConfigureAwait(false), "taking an expired lock over");
        Equal(other, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the lock after it was taken over");
        Equal(false, await store.ReplaceLeaderLockAsync(beat, null, token).ConfigureAwait(false), "giving a lost lock up");
        Equal(true, await store.ReplaceLeaderLockAsync(other, null, token).ConfigureAwait(false), "giving the lock up");
        Equal(null, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the lock after it was given up");
    }

    private static async Task OneLeaderAsync(ILeaseStore store, CancellationToken token)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => Task.Run(
            async () => await store.ReplaceLeaderLockAsync(null, new LeaderLock($"w{i}", TimeSpan.FromSeconds(10), $"v{i}"), token).ConfigureAwait(false),
            token))).ConfigureAwait(false);
        Equal(1, results.Count(taken => taken), "winners");
    }

    private static async Task ReadsWholeTableAsync(ILeaseStore store, CancellationToken token)
    {
        for (var i = 0; i < 40; i++)
            await Write(store, new CreateLease(Row($"shardId-{i:D12}")), token).ConfigureAwait(false);
        await store.WriteReportAsync(new("worker-a", DateTimeOffset.FromUnixTimeSeconds(1)), token).ConfigureAwait(false);
        await store.ReplaceLeaderLockAsync(null, new("worker-a", TimeSpan.FromSeconds(10), "v"), token).ConfigureAwait(false);
        var table = await store.ReadTableAsync(token).ConfigureAwait(false);
        Equal(40, table.Leases.Select(lease => lease.LeaseKey).Distinct(StringComparer.Ordinal).Count(), "leases");
        Equal(1, table.Workers.Length, "reports");
        Equal(0, table.UnreadableItems, "unreadable rows");
    }

    private static async Task HeartbeatsAsync(ILeaseStore store, CancellationToken token)
    {
        var first = new WorkerHeartbeat("worker-a", "s1", 1);
        var second = first with { Counter = 2 };
        Equal(new(true, first), await store.WriteHeartbeatAsync(null, first, token).ConfigureAwait(false), "the first heartbeat");
        Equal(new(false, first), await store.WriteHeartbeatAsync(null, first with { Session = "s2" }, token).ConfigureAwait(false), "a second process that saw no heartbeat");
        Equal(new(true, second), await store.WriteHeartbeatAsync(first, second, token).ConfigureAwait(false), "the next heartbeat");
        Equal(new(false, second), await store.WriteHeartbeatAsync(first, second, token).ConfigureAwait(false), "a heartbeat from an old sight");
        Equal(new(false, second), await store.WriteHeartbeatAsync(second with { Session = "s2" }, second, token).ConfigureAwait(false), "a heartbeat of another process");
        Equal(new(false, second), await store.WriteHeartbeatAsync(first, null, token).ConfigureAwait(false), "the deletion from an old sight");
        var table = await store.ReadTableAsync(token).ConfigureAwait(false);
        Equal("worker-a s1 2", string.Join(';', table.Heartbeats.Select(static beat => $"{beat.WorkerId} {beat.Session} {beat.Counter}")), "the table's heartbeats");
        Equal(0, table.Leases.Length + table.Workers.Length + table.UnreadableItems, "other rows of the table");
        var read = await store.ReadHeartbeatsAsync(["worker-a", "worker-b"], token).ConfigureAwait(false);
        Equal(second, read.Count == 1 ? read[0] : null, "the heartbeat read alone");
        Equal(new(true, null), await store.WriteHeartbeatAsync(second, null, token).ConfigureAwait(false), "the deletion");
        Equal(new(false, null), await store.WriteHeartbeatAsync(second, second with { Counter = 3 }, token).ConfigureAwait(false), "a heartbeat after the deletion");
    }

    private static async Task NewsAsync(ILeaseStore store, CancellationToken token)
    {
        var first = new WorkerHeartbeat("worker-a", "s1", 1);
        await store.TellAsync("worker-a", token).ConfigureAwait(false);
        Equal(0, (await store.ReadTableAsync(token).ConfigureAwait(false)).Heartbeats.Length, "heartbeats made by news");
        await store.WriteHeartbeatAsync(null, first, token).ConfigureAwait(false);
        await store.TellAsync("worker-a", token).ConfigureAwait(false);
        await store.TellAsync("worker-a", token).ConfigureAwait(false);
        var next = await store.WriteHeartbeatAsync(first, first with { Counter = 2 }, token).ConfigureAwait(false);
        Equal(true, next.IsApplied, "a heartbeat after news");
        Equal(2L, next.Heartbeat?.News ?? -1, "the news in its answer");
    }

    private static async Task RecordsRenewalAsync(ILeaseStore store, CancellationToken token)
    {
        var free = new LeaderLock("a", TimeSpan.FromSeconds(11), "v1") { Renewal = Consumer.LeaseRenewal.PerWorker, IsReleased = true };
        var taken = new LeaderLock("b", TimeSpan.FromSeconds(15), "v2") { Renewal = Consumer.LeaseRenewal.PerWorker };
        var beat = taken with { Version = "v3", Deputy = "c" };
        var released = beat with { Version = "v4", IsReleased = true, Deputy = null };
        Equal(true, await store.ReplaceLeaderLockAsync(null, free, token).ConfigureAwait(false), "recording the mode");
        Equal(free, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the record");
        Equal(true, await store.ReplaceLeaderLockAsync(free, taken, token).ConfigureAwait(false), "taking the lock");
        Equal(true, await store.ReplaceLeaderLockAsync(taken, beat, token).ConfigureAwait(false), "a heartbeat that names a deputy");
        Equal(beat, await store.PeekLeaderLockAsync(token).ConfigureAwait(false), "the lock with its deputy");
        Equal(true, await store.ReplaceLeaderLockAsync(beat, released, token).ConfigureAwait(false), "giving the lock up");
        Equal(released, await store.ReadLeaderLockAsync(token).ConfigureAwait(false), "the row that stays");
    }

    private static async Task Write(ILeaseStore store, LeaseWrite write, CancellationToken token)
    {
        var result = await store.WriteLeaseAsync(write, token).ConfigureAwait(false);
        Equal(true, result.IsApplied, write.ToString());
    }

    private static void Same(Lease? expected, Lease? actual, string what) => Equal(Describe(expected), Describe(actual), what);

    private static string Describe(Lease? lease) => lease is null
        ? "no row"
        : string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{lease.LeaseKey} {lease.ShardId} {lease.StreamId} owner={lease.Owner}/{lease.CheckpointOwner} counter={lease.Counter} at={lease.Checkpoint} " +
            $"pending={lease.PendingCheckpoint}/{(lease.PendingCheckpointState is { } state ? Convert.ToHexString(state.Span) : null)} " +
            $"switches={lease.OwnerSwitchesSinceCheckpoint} parents={string.Join(',', lease.ParentShardIds.Order(StringComparer.Ordinal))} " +
            $"children={string.Join(',', lease.ChildShardIds.Order(StringComparer.Ordinal))} range={lease.HashKeyRange} kbps={lease.ThroughputKBps:0.######}");

    private static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"Lease store conformance: {what}: expected '{expected}', got '{actual}'.");
    }
}
