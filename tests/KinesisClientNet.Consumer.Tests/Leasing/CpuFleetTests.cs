using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Balance by CPU with whole workers: reports, leader, hand-overs, and reports that show what has changed.</summary>
[Trait("Story", "T1")]
public sealed class CpuFleetTests
{
    private const int Shards = 40;
    private static readonly string[] Names = ["a", "b", "c", "slow"];

    /// <summary>Each lease costs the slow machine three times as much CPU.</summary>
    [Theory]
    [InlineData(LeaseRenewal.PerLease, 200)]
    [InlineData(LeaseRenewal.PerWorker, 200)]
    [InlineData(LeaseRenewal.PerLease, 0)]
    public async Task A_worker_on_a_slow_machine_sheds_leases_until_its_cpu_is_near_the_others_and_then_nothing_moves(LeaseRenewal renewal, int kiBps)
    {
        await using var fleet = new TestFleet();
        fleet.Options.Renewal = renewal;
        Start(fleet, static (name, held) => held * (name == "slow" ? 6 : 2));

        await RunAsync(fleet, seconds: 30, kiBps);
        Assert.InRange(fleet.Held("slow"), 9, 11);
        await RunAsync(fleet, seconds: 1500, kiBps);

        double[] cpu = [.. Names.Select(name => fleet.Held(name) * (name == "slow" ? 6.0 : 2.0))];
        // The band is five points around the mean; a lease is worth six on the slow machine.
        Assert.InRange(cpu[3], cpu.Average() - 11, cpu.Average() + 5);
        Assert.InRange(fleet.Held("slow"), 3, 5);
        Assert.InRange(Names[..3].Max(fleet.Held) - Names[..3].Min(fleet.Held), 0, 2);
        var settled = Holders(fleet);
        await RunAsync(fleet, seconds: 600, kiBps);
        Assert.Equal(settled, Holders(fleet));
        Assert.Equal(Shards, settled.Count);
    }

    /// <summary>Another process uses the CPU: giving leases away does not help, and the worker keeps one.</summary>
    [Fact]
    public async Task A_worker_whose_cpu_is_high_whatever_it_reads_keeps_a_lease_and_nothing_moves_in_the_end()
    {
        await using var fleet = new TestFleet();
        Start(fleet, static (name, held) => name == "slow" ? 95 : held * 2);

        await RunAsync(fleet, seconds: 1800, kiBps: 200);

        Assert.InRange(fleet.Held("slow"), 1, 3);
        var settled = Holders(fleet);
        await RunAsync(fleet, seconds: 600, kiBps: 200);
        Assert.Equal(settled, Holders(fleet));
        Assert.Equal(Shards, settled.Count);
    }

    /// <summary>Who holds what since which change of owner.</summary>
    private static List<string> Holders(TestFleet fleet) => [.. fleet.HeldLeases().Select(lease => $"{lease.LeaseKey} {fleet.HolderOf(lease.LeaseKey)} {lease.Epoch}")];

    private static void Start(TestFleet fleet, Func<string, int, double> cpu)
    {
        fleet.Api.Create(Shards);
        foreach (var name in Names)
            fleet.Start(name, options => options.CpuUtilization = () => fleet.IsStarted(name) ? cpu(name, fleet.Held(name)) : 0);
    }

    private static async Task RunAsync(TestFleet fleet, int seconds, int kiBps)
    {
        for (var second = 0; second < seconds; second++)
        {
            foreach (var lease in fleet.HeldLeases())
                lease.CountBytes(kiBps * 1024);
            await fleet.AdvanceWithHandoversAsync(1);
        }
    }
}
