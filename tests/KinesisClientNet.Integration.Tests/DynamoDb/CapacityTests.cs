using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.DynamoDb;

/// <summary>
/// The figures of docs/cost.md come from a model of what DynamoDB charges (<see cref="MeteredLeaseStore"/>). Here every kind of call is made twice, on the model and on a DynamoDB that we did not
/// write, and its units (<c>ReturnConsumedCapacity</c>, as the store's own meter counts them) must be the same. Known differences of dynalite: it does not charge the writes of an index, and it does
/// not return the row with a refusal, so that the store reads it.
/// </summary>
[Trait("Story", "B1")]
public sealed class CapacityTests(DynaliteFixture dynalite)
{
    private const string Stream = "123456789012:orders:1700000000";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Key(int shard) => $"{Stream}:shardId-{shard:D12}";

    [Fact]
    public async Task Every_call_costs_in_the_model_what_DynamoDB_charges()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        var model = new MeteredLeaseStore(new InMemoryLeaseStore());
        using var meter = new Units(table.Name);
        foreach (var (name, call, isRefused) in Calls())
        {
            model.Reset();
            meter.Reset();

            await call(model);
            await call(table.Store);

            var found = $"{name}: {model.ReadUnits} read, {model.WriteUnits} written, {model.IndexWriteUnits} of them to the index";
            Assert.Equal((found, model.ReadUnits, model.WriteUnits - model.IndexWriteUnits), (found, meter.Read - (isRefused ? 1 : 0), meter.Written));
        }
    }

    [Fact]
    public async Task The_stores_meter_is_the_models_sum_over_a_whole_life()
    {
        using var table = await LeaseTable.CreateAsync(dynalite);
        var model = new MeteredLeaseStore(new InMemoryLeaseStore());
        using var meter = new Units(table.Name);

        foreach (var (_, call, _) in Calls())
        {
            await call(model);
            await call(table.Store);
        }

        Assert.InRange(model.WriteUnits - model.IndexWriteUnits, 60, 1000);
        Assert.Equal((model.ReadUnits, model.WriteUnits - model.IndexWriteUnits), (meter.Read - Calls().Count(call => call.IsRefused), meter.Written));
    }

    private static IEnumerable<(string Name, Func<ILeaseStore, Task> Call, bool IsRefused)> Calls()
    {
        foreach (var shard in Enumerable.Range(0, 40))
            yield return Write(new CreateLease(Row(shard)));
        yield return Write(new CreateLease(Row(0)), "creation of what is there", isRefused: true);
        yield return Write(new CreateLease(Row(40) with { ChildShardIds = [.. Enumerable.Range(100, 60).Select(child => $"shardId-{child:D12}")] }), "a row above 1 KB");
        yield return Write(new AssignLease(Key(1), "worker-a", null, "worker-b"));
        yield return Write(new ClaimLease(Key(1), "worker-b"));
        yield return Write(new RenewLease(Key(1), 2, 412.337891));
        yield return Write(new RenewLease(Key(1), 2), "refused renewal", isRefused: true);
        yield return Write(new CheckpointLease(Key(1), 3, new(SequenceNumber.Parse("49590338271490256608559692540925702759324208523137515618"), 12)));
        yield return Write(new StartHandover(Key(1), "worker-b", "worker-a"));
        yield return Write(new AssignLease(Key(1), "worker-a", "worker-b", "worker-a"));
        yield return Write(new EvictLease(Key(1), "worker-a"));
        yield return Write(new DescribeLease(Key(2)) { HashKeyRange = HashKeyRange.Full, ChildShardIds = ["shardId-000000000100"] });
        yield return Write(new DeleteLease(Key(3), OnlyFinished: true), "refused deletion", isRefused: true);
        yield return Write(new DeleteLease(Key(3), OnlyFinished: false));
        yield return Write(new RenewLease(Key(3), 1), "renewal of what is gone", isRefused: true);
        yield return ("a report", store => store.WriteReportAsync(Report()).AsTask(), false);
        yield return ("the leader takes the lock", store => store.ReplaceLeaderLockAsync(null, Lock("1")).AsTask(), false);
        yield return ("the leader's heartbeat", store => store.ReplaceLeaderLockAsync(Lock("1"), Lock("2")).AsTask(), false);
        yield return ("a heartbeat", store => store.WriteHeartbeatAsync(null, new("worker-a", "s1", 1)).AsTask(), false);
        yield return ("news", store => store.TellAsync("worker-a").AsTask(), false);
        yield return ("the next heartbeat", store => store.WriteHeartbeatAsync(new("worker-a", "s1", 1), new("worker-a", "s1", 2)).AsTask(), false);
        yield return ("heartbeats", store => store.ReadHeartbeatsAsync(["worker-a", "worker-z"]).AsTask(), false);
        yield return ("the table", store => store.ReadTableAsync().AsTask(), false);
        yield return ("a lease", store => store.ReadLeaseAsync(Key(5)).AsTask(), false);
        yield return ("a lease that is not there", store => store.ReadLeaseAsync(Key(99)).AsTask(), false);
        yield return ("the keys of a worker", store => store.ListKeysOwnedByAsync("worker-a").AsTask(), false);
        yield return ("the lock", store => store.ReadLeaderLockAsync().AsTask(), false);
        yield return ("a look at the lock", store => store.PeekLeaderLockAsync().AsTask(), false);
        yield return ("the end of a heartbeat", store => store.WriteHeartbeatAsync(new("worker-a", "s1", 2), null).AsTask(), false);
        yield return ("the end of a report", store => store.DeleteReportAsync(Report()).AsTask(), false);
        yield return ("the end of the lock", store => store.ReplaceLeaderLockAsync(Lock("2"), null).AsTask(), false);
    }

    private static (string, Func<ILeaseStore, Task>, bool) Write(LeaseWrite write, string? name = null, bool isRefused = false) =>
        (name ?? write.ToString(), store => store.WriteLeaseAsync(write, Token).AsTask(), isRefused);

    private static Lease Row(int shard) => new()
    {
        LeaseKey = Key(shard), ShardId = $"shardId-{shard:D12}", StreamId = Stream, Owner = "worker-a", Checkpoint = ExtendedSequenceNumber.TrimHorizon,
        HashKeyRange = new(0, UInt128.MaxValue), ParentShardIds = ["shardId-000000000000"],
    };

    private static WorkerReport Report() => new("worker-a", DateTimeOffset.UnixEpoch)
    {
        Metrics = ImmutableDictionary<string, ImmutableArray<double>>.Empty.Add("C", [41.25, 39.871204]),
        OperatingRanges = ImmutableDictionary<string, long>.Empty.Add("C", 80),
    };

    private static LeaderLock Lock(string version) => new("worker-a", TimeSpan.FromSeconds(11), version);

    /// <summary>The store's meter, of one table.</summary>
    private sealed class Units : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Lock _gate = new();

        public Units(string table)
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == CapacityMeter.InstrumentName)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, units, tags, _) =>
            {
                var values = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
                if (values["db.collection.name"] != table)
                    return;
                lock (_gate)
                    (Read, Written) = values["kinesis.capacity.kind"] == "write" ? (Read, Written + units) : (Read + units, Written);
            });
            _listener.Start();
        }

        public double Read { get; private set; }

        public double Written { get; private set; }

        public void Reset() => (Read, Written) = (0, 0);

        public void Dispose() => _listener.Dispose();
    }
}
