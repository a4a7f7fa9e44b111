using System.Globalization;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Story B1: what an idle application costs in DynamoDB, beside KCL 3 (KCL reference, appendix D). The figures are measured in virtual time and stand in docs/cost.md.</summary>
public sealed class DynamoDbBillTests
{
    /// <summary>What a read unit costs of a write unit, on demand and provisioned alike (Amazon DynamoDB pricing, every region).</summary>
    private const double ReadPrice = 0.2;

    public static TheoryData<int, int> Fleets()
    {
        var fleets = new TheoryData<int, int>();
        foreach (var shards in new[] { 1, 10, 100, 1000 })
        {
            foreach (var workers in new[] { 1, 4, 40 })
                fleets.Add(shards, workers);
        }

        return fleets;
    }

    /// <summary>Acceptance: read and write units per hour are not above KCL 3's in the compatible mode.</summary>
    [Theory]
    [MemberData(nameof(Fleets))]
    [Trait("Story", "B1")]
    public async Task Units_per_hour_with_per_lease_renewal_are_not_above_those_of_KCL_3(int shards, int workers)
    {
        var (bill, kcl) = await MeasureAsync(LeaseRenewal.PerLease, shards, workers, TimeSpan.FromMinutes(6));

        Assert.InRange(bill.Writes, shards * 800.0, kcl.Writes);
        Assert.InRange(bill.Reads, 1, kcl.Reads);
        AssertDocumented(LeaseRenewal.PerLease, shards, workers, bill, kcl);
    }

    /// <summary>Acceptance: read and write units per hour are at most a fifth of KCL 3's from 10 leases a worker up in the per-worker mode.</summary>
    [Theory]
    [MemberData(nameof(Fleets))]
    [Trait("Story", "B1")]
    public async Task Units_per_hour_with_per_worker_renewal_are_a_fifth_of_those_of_KCL_3_from_ten_leases_a_worker_up(int shards, int workers)
    {
        var (bill, kcl) = await MeasureAsync(LeaseRenewal.PerWorker, shards, workers, TimeSpan.FromHours(1));

        if (shards >= 10 * workers)
        {
            Assert.InRange(bill.Writes, workers * 800, kcl.Writes / 5);
            Assert.InRange(bill.Reads, 1, kcl.Reads / 5);
        }

        AssertDocumented(LeaseRenewal.PerWorker, shards, workers, bill, kcl);
    }

    private static async Task<(Bill Ours, Bill Kcl)> MeasureAsync(LeaseRenewal renewal, int shards, int workers, TimeSpan time)
    {
        MeteredLeaseStore? meter = null;
        await using var fleet = new TestFleet(store => meter ??= new(store));
        fleet.Options.Renewal = renewal;
        fleet.Api.Create(shards);
        string[] names = [.. Enumerable.Range(0, workers).Select(i => $"host-4f2a91c07b3e-{i:D2}")];
        foreach (var name in names)
            fleet.Start(name);
        await fleet.AdvanceWithHandoversAsync(90);
        fleet.Advance(610);
        Assert.Equal(shards, fleet.HeldByAll().Count);
        Assert.True(names.Max(fleet.Held) - names.Min(fleet.Held) <= 1, "The fleet is not balanced: the test does not test.");
        meter!.Reset();

        fleet.Advance(time.TotalSeconds);

        var perHour = TimeSpan.FromHours(1) / time;
        var table = await fleet.TableAsync();
        var row = await fleet.Store.ReadLeaderLockAsync(TestContext.Current.CancellationToken);
        return (new(meter.ReadUnits * perHour, meter.WriteUnits * perHour), KclBill(table with { Heartbeats = [] }, row!, shards, names));
    }

    /// <summary>
    /// KCL 3.5 with its defaults. Writes: every lease each 3.308 s, a report each 30 s, the leader's heartbeat each 30 s. Reads: the leader's scan each 20 s and the audit's each
    /// 120 s, every worker's query of the index each 9.975 s, a follower's look at the lock each 30 s (a current read). Rows are counted at our sizes; KCL's reports are larger.
    /// </summary>
    private static Bill KclBill(LeaseTable table, LeaderLock row, int shards, string[] workers)
    {
        var scans = (180 + 30) * MeteredLeaseStore.ScanUnits(table, row with { Renewal = LeaseRenewal.PerLease, Deputy = null });
        var queries = workers.Sum(worker =>
            3600 / 9.975 * MeteredLeaseStore.QueryUnits(table.Leases.Where(lease => lease.Owner == worker).Select(lease => lease.LeaseKey), worker));
        return new(scans + queries + ((workers.Length - 1) * 120), (shards * 3600 / 3.308) + (workers.Length * 120) + 120);
    }

    private static void AssertDocumented(LeaseRenewal renewal, int shards, int workers, Bill bill, Bill kcl)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"| {renewal} | {shards:#,0} | {workers} | {bill.Reads:#,0} | {kcl.Reads:#,0} | {bill.Writes:#,0} | {kcl.Writes:#,0} | {bill.Price / kcl.Price * 100:0} % |");
        TestContext.Current.SendDiagnosticMessage(line);
        Assert.Contains(line, Documentation.Read("docs/cost.md"), StringComparison.Ordinal);
    }

    private readonly record struct Bill(double Reads, double Writes)
    {
        public double Price => Writes + (Reads * ReadPrice);
    }
}
