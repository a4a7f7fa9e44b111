using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Workers that stop at the same time: nobody waits for somebody who is leaving too.</summary>
[Trait("Story", "G1")]
public sealed class DepartureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Workers_that_stop_together_do_not_wait_for_each_other(int workers)
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(8);
        string[] names = [.. Enumerable.Range(0, workers).Select(i => $"w{i}")];
        foreach (var name in names)
            fleet.Start(name);
        await fleet.AdvanceWithHandoversAsync(60);

        var announced = names.Select(name => fleet[name].AnnounceDepartureAsync(Token)).ToList();
        foreach (var name in names)
            fleet.Drain(name);
        var waited = fleet.AdvanceUntil(() => announced.TrueForAll(task => task.IsCompleted), limitSeconds: 30);
        foreach (var lease in fleet.HeldLeases())
            await fleet.KeeperOf(lease).ReleaseAsync(lease, Token);

        Assert.InRange(waited.TotalSeconds, 0, 1.1);
        Assert.All((await fleet.TableAsync()).Leases, lease => Assert.Null(lease.ActualOwner));
        await Task.WhenAll(names.Select(fleet.Ended));
    }

    [Fact]
    public async Task Half_of_a_fleet_that_stops_hands_over_to_the_other_half_only()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(16);
        string[] names = ["a", "b", "c", "d"];
        foreach (var name in names)
            fleet.Start(name);
        await fleet.AdvanceWithHandoversAsync(60);
        var delivery = new DeliveryModel(fleet);
        await delivery.StepAsync();

        var announced = names[..2].Select(name => fleet[name].AnnounceDepartureAsync(Token)).ToList();
        foreach (var name in names[..2])
            fleet.Drain(name);
        var steps = 0;
        for (; !announced.TrueForAll(task => task.IsCompleted); steps++)
            await delivery.StepAsync();
        foreach (var lease in names[..2].SelectMany(name => fleet[name].Owned.Values).ToList())
            await delivery.ReleaseAsync(lease);
        for (var i = 0; i < 200; i++)
            await delivery.StepAsync();

        Assert.InRange(steps * 0.05, 10, 13);
        Assert.Equal([8, 8], names[2..].Select(fleet.Held));
        Assert.Equal(0, delivery.Repeated);
        Assert.All(delivery.Gaps, gap => Assert.True(gap < TimeSpan.FromSeconds(1), $"{gap}"));
    }
}
