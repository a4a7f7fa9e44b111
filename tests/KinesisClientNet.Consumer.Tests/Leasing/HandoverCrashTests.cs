using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// Acceptance: a crash of the leader, the old or the new owner at each step of a hand-over, before or after the step has taken effect, leaves no lease behind and loses
/// no record. The steps are not written down here: a first run without a crash lists every call that a worker makes for the moving lease.
/// </summary>
[Trait("Story", "S4")]
public sealed class HandoverCrashTests
{
    private const int MostRepeats = 3;

    /// <summary>A dead leader's seat takes two lease durations, a dead owner's leases three, and more than one may be needed one after the other.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_crash_at_every_step_of_a_hand_over_leaves_no_lease_behind()
    {
        var steps = await RunAsync(null, StoreFault.None);
        foreach (var expected in new[]
        {
            "lead StartHandover 1", "old RenewLease 1", "old RenewLease 2", "old CheckpointLease 1", "old AssignLease 1",
            "new ClaimLease 1", "new ReadLease 1", "new ClaimLease 2",
        })
        {
            Assert.Contains(expected, steps);
        }

        foreach (var step in steps)
        {
            await RunAsync(step, StoreFault.Refuse);
            await RunAsync(step, StoreFault.LoseAnswer);
            await RunAsync(step, StoreFault.Refuse, both: true);
        }

        TestContext.Current.SendDiagnosticMessage($"{steps.Count} steps, each before and after its effect and of both owners at once: {string.Join(", ", steps)}");
    }

    private static async Task<bool> IsHealedAsync(TestFleet fleet) =>
        fleet.HeldByAll().Count == 6 && (await fleet.TableAsync()).Leases.All(lease => !lease.IsHandingOver);

    /// <summary>Runs a hand-over, with a crash at one step.</summary>
    /// <returns>The steps that the workers took.</returns>
    private static async Task<List<string>> RunAsync(string? crashAt, StoreFault fault, bool both = false)
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(6);
        fleet.Start("lead");
        fleet.Start("aide");
        fleet.Start("old");
        await fleet.AdvanceWithHandoversAsync(61.3);
        var moving = fleet["old"].Owned.Keys.Order(StringComparer.Ordinal).Last();
        var delivery = new DeliveryModel(fleet);
        var steps = new List<string>();
        string? victim = null;
        fleet.Start("new", fault: (call, detail) => Watch("new", call, detail));
        foreach (var worker in new[] { "lead", "old" })
            fleet.StoreOf(worker).Fault = (call, detail) => Watch(worker, call, detail);

        for (var i = 0; i < 600 && victim is null && !fleet["new"].Owned.ContainsKey(moving); i++)
            await delivery.StepAsync();
        Assert.Equal(crashAt is null, victim is null);
        Assert.True(victim is not null || fleet["new"].Owned.ContainsKey(moving), "No lease was handed over: the test does not test.");
        foreach (var worker in new[] { "lead", "old", "new" }.Where(worker => worker == victim || (both && worker != "lead")))
            fleet.Crash(worker);
        for (var i = 0; !await IsHealedAsync(fleet); i++)
        {
            Assert.True(i < Limit.TotalSeconds / 0.05, $"After a crash at '{crashAt}' ({fault}) only {string.Join(", ", fleet.HeldByAll())} are held.");
            await delivery.StepAsync();
        }

        return steps;

        StoreFault Watch(string worker, string call, object? detail)
        {
            if (worker == victim)
                return StoreFault.Refuse;
            if ((detail as LeaseWrite)?.LeaseKey != moving && detail as string != moving)
                return StoreFault.None;
            var step = $"{worker} {call} {steps.Count(taken => taken.StartsWith($"{worker} {call} ", StringComparison.Ordinal)) + 1}";
            if (step.EndsWith($" {MostRepeats + 1}", StringComparison.Ordinal))
                return StoreFault.None; // the same again
            steps.Add(step);
            if (step != crashAt)
                return StoreFault.None;
            victim = worker;
            return fault;
        }
    }
}
