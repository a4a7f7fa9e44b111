namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Story B1: what an idle application costs in DynamoDB writes, beside KCL 3 (KCL reference, appendix D). The figures stand in docs/lease-table.md.</summary>
public sealed class DynamoDbBillTests
{
    private const double KclRenewalsPerHour = 3600 / 3.308;

    /// <summary>Acceptance: write units per hour for {1, 10, 100, 1000} shards x {1, 4, 40} workers are not above KCL 3's.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(1, 40)]
    [InlineData(10, 1)]
    [InlineData(10, 4)]
    [InlineData(10, 40)]
    [InlineData(100, 1)]
    [InlineData(100, 4)]
    [InlineData(100, 40)]
    [InlineData(1000, 1)]
    [InlineData(1000, 4)]
    public async Task Write_units_per_hour_are_not_above_those_of_KCL_3(int shards, int workers)
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(shards);
        string[] names = [.. Enumerable.Range(0, workers).Select(i => $"w{i:D2}")];
        foreach (var name in names)
            fleet.Start(name);
        await fleet.AdvanceWithHandoversAsync(90);
        foreach (var name in names)
            fleet.StoreOf(name).Calls.Clear();

        fleet.Advance(360);

        string[] writes = ["RenewLease", "CheckpointLease", "ClaimLease", "AssignLease", "StartHandover", "EvictLease", "CreateLease", "DeleteLease", "DescribeLease", "WriteReport", "DeleteReport", "ReplaceLock"];
        var perHour = names.Sum(name => writes.Sum(write => fleet.StoreOf(name).Calls.GetValueOrDefault(write))) * 10.0;
        var kcl = (shards * KclRenewalsPerHour) + (workers * 120) + 120;
        TestContext.Current.SendDiagnosticMessage($"{shards} shards, {workers} workers: {perHour:0} writes an hour, KCL 3: {kcl:0}");
        Assert.InRange(perHour, shards * 800.0, kcl);
    }
}
