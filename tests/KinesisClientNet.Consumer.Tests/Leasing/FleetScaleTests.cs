using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Large fleets and poor tables: story T1 and T2.</summary>
public sealed class FleetScaleTests
{
    /// <summary>Acceptance: 256 shards, 41 workers join and leave: max - min at most 1, moves at most needed + 5 %, balanced within 3 cycles.</summary>
    [Fact]
    public void Forty_one_workers_that_join_and_leave_stay_balanced_with_the_fewest_moves()
    {
        var model = new PlanModel(256);
        for (var workers = 1; workers <= 41; workers++)
            AssertBalanced(model, model.Join($"w{workers:D2}"), workers);
        for (var workers = 40; workers >= 1; workers--)
            AssertBalanced(model, model.Leave($"w{workers + 1:D2}"), workers);
    }

    private static void AssertBalanced(PlanModel model, int needed, int workers)
    {
        var moves = 0;
        var cycles = 0;
        for (; cycles < 3 && model.PlanOnce() is var made and > 0; cycles++)
            moves += made;

        Assert.InRange(model.Spread(), 0, 1);
        Assert.True(moves <= needed * 1.05, $"{workers} workers: {moves} moves where {needed} were needed");
        Assert.InRange(cycles, 0, 2);
    }

    /// <summary>Acceptance (story T2): a table with 10 write units a second, throttled at random and in lockstep; no lease is lost by throttling alone.</summary>
    [Fact]
    public async Task No_lease_is_lost_when_a_table_of_ten_write_units_throttles()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(12);
        foreach (var worker in new[] { "a", "b", "c" })
            fleet.Start(worker);
        await fleet.AdvanceWithHandoversAsync(60);
        var before = fleet.HeldLeases();
        var tokens = 10.0;
        var last = fleet.Time.GetElapsedTime(0);
        var throttled = 0;
        foreach (var worker in new[] { "a", "b", "c" })
        {
            fleet.StoreOf(worker).Fault = (call, detail) =>
            {
                if (detail is null || call.StartsWith("Read", StringComparison.Ordinal) || call == "ListKeys")
                    return StoreFault.None;
                var now = fleet.Time.GetElapsedTime(0);
                tokens = Math.Min(10, tokens + ((now - last).TotalSeconds * 10));
                last = now;
                if (tokens < 1)
                {
                    throttled++;
                    return StoreFault.Refuse;
                }

                tokens--;
                return StoreFault.None;
            };
        }

        // Every lease also checkpoints once a second and a half: together with the renewals most of the budget.
        for (var i = 0; i < 400; i++)
        {
            foreach (var lease in fleet.HeldLeases().Where((_, at) => (at + i) % 15 == 0))
                await CheckpointAsync(lease);
            fleet.Advance(0.1);
            if (i % 50 == 0)
                tokens = -15; // somebody else has used the table up
        }

        Assert.True(throttled > 20, $"Only {throttled} writes were throttled: the test does not test.");
        Assert.Equal(before.Order(ByKey), fleet.HeldLeases().Order(ByKey));
    }

    private static readonly Comparer<HeldLease> ByKey = Comparer<HeldLease>.Create((x, y) => string.CompareOrdinal(x.LeaseKey, y.LeaseKey));

    private static async Task CheckpointAsync(HeldLease lease)
    {
        try
        {
            await lease.WriteCheckpointAsync(lease.Checkpoint, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Throttled: the next one comes.
        }
    }
}
