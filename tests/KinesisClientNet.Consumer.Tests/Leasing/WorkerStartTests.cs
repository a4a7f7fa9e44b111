using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>The first seconds of a worker.</summary>
public sealed class WorkerStartTests
{
    [Fact]
    public async Task A_store_that_fails_at_the_first_report_does_not_end_the_worker()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(4);
        var reports = 0;

        fleet.Start("a", fault: (call, _) => call == "WriteReport" && ++reports == 1 ? StoreFault.Refuse : StoreFault.None);
        fleet.Advance(5);

        Assert.False(fleet.Ended("a").IsCompleted);
        Assert.True(reports >= 2, "The report was not tried again.");
        fleet.AdvanceUntil(() => fleet.Held("a") == 4, limitSeconds: 30);
    }

    /// <summary>Found by simulated fleets: a worker that started while the store failed was gone for good.</summary>
    [Theory]
    [InlineData("ReadTable")]
    [InlineData("ReadLock")]
    public async Task A_store_that_fails_while_the_worker_joins_does_not_end_it(string failing)
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(4);
        var failures = 0;

        fleet.Start("a", fault: (call, _) => call == failing && failures < 3 && ++failures > 0 ? StoreFault.Refuse : StoreFault.None);
        fleet.Advance(1);
        Assert.False(fleet.Ended("a").IsCompleted);

        fleet.AdvanceUntil(() => fleet.Held("a") == 4, limitSeconds: 40);
        Assert.Equal(3, failures);
    }

    [Fact]
    public async Task A_worker_that_holds_nothing_finds_its_first_lease_long_before_the_ordinary_interval()
    {
        await using var fleet = new TestFleet();
        fleet.Start("a", options => options.CanLead = false);
        fleet.Advance(0.5);

        await fleet.Store.WriteLeaseAsync(new CreateLease(new Lease
        {
            LeaseKey = "shardId-000000000000", ShardId = "shardId-000000000000", Checkpoint = ExtendedSequenceNumber.TrimHorizon, Owner = "a",
        }), TestContext.Current.CancellationToken);
        var waited = fleet.AdvanceUntil(() => fleet.Held("a") == 1);

        Assert.InRange(waited, TimeSpan.Zero, fleet.Options.Duration * 0.15);
    }

    [Fact]
    public async Task A_worker_that_never_gets_a_lease_asks_no_more_often_than_others_after_a_while()
    {
        await using var fleet = new TestFleet();
        fleet.Start("a", options => options.CanLead = false);
        fleet.Advance(60);
        var before = fleet.StoreOf("a").Calls["ListKeys"];

        for (var step = 0; step < 100; step++)
            fleet.Advance(1);

        Assert.InRange(fleet.StoreOf("a").Calls["ListKeys"] - before, 9, 11);
    }
}
