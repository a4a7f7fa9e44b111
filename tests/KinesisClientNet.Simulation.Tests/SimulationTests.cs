using System.Globalization;
using System.Text.RegularExpressions;

namespace KinesisClientNet.Simulation.Tests;

/// <summary>Runs the simulation's program: it needs a process of its own, with one processor, to repeat exactly.</summary>
public class SimulationTests
{
    private const int SeedsOfEachProcess = 300;

    /// <summary>A fixed budget of seeds: issue 7, "CI runs a fixed budget of seeds (at least 500)". Two processes, one for each core of a small machine.</summary>
    [Fact]
    [Trait("Story", "L1")]
    [Trait("Story", "L6")]
    [Trait("Story", "L10")]
    [Trait("Story", "D1")]
    [Trait("Story", "D3")]
    [Trait("Story", "C1")]
    [Trait("Story", "R1")]
    public async Task Fleets_break_no_rule()
    {
        var runs = await Task.WhenAll(
            SimulationProgram.RunAsync("run", "--from", "3001", "--seeds", $"{SeedsOfEachProcess}"),
            SimulationProgram.RunAsync("run", "--from", "2001", "--seeds", $"{SeedsOfEachProcess}"));

        Assert.All(runs, static run =>
        {
            Assert.Equal("", string.Join('\n', run.Violations));
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"seeds {SeedsOfEachProcess}, violations 0, faults "), run.LastLine, StringComparison.Ordinal);
            Assert.Equal(0, run.ExitCode);
        });
    }

    [Fact]
    public async Task Plans_that_ever_failed_break_no_rule()
    {
        var run = await SimulationProgram.RunAsync("regressions");

        Assert.Equal("", string.Join('\n', run.Violations));
        Assert.Matches(@"^seeds [1-9]\d*, violations 0, faults \d+, records \d+$", run.LastLine);
    }

    /// <summary>Issue 7: "Replaying a seed gives the same trace, event for event, twice."</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(17)]
    public async Task Replayed_seed_gives_the_same_trace_in_another_process(int seed)
    {
        var first = await SimulationProgram.RunAsync("replay", $"{seed}", "--trace");
        var second = await SimulationProgram.RunAsync("replay", $"{seed}", "--trace");

        Assert.True(first.Output.Count > 100);
        Assert.Equal(first.Output, second.Output);
    }

    /// <summary>Issue 7: "Mutations that must be caught". Each breaks one rule at a seam of the fleet; the oracle must name the rule.</summary>
    [Theory]
    [InlineData("checkpoint-too-far", "checkpoint:", 5)]
    [InlineData("no-fencing", "two owners:|checkpoint:", 150)]
    [InlineData("renew-without-condition", "two owners:|checkpoint:", 350)]
    [InlineData("child-before-parent", "order:", 60)]
    [InlineData("retry-that-drops", "lost:", 40)]
    [InlineData("aggregate-across-shards", "range:", 60)]
    public async Task Flipped_rule_is_caught(string mutant, string rules, int seeds)
    {
        var run = await SimulationProgram.RunAsync("run", "--seeds", $"{seeds}", "--mutant", mutant);

        Assert.Contains(run.Violations, line => Regex.IsMatch(line, $@"^seed \d+: ({rules})"));
        Assert.Equal(1, run.ExitCode);
    }

    /// <summary>Issue 7: "A failing seed prints itself, its schedule and a command that replays it, and can be shrunk."</summary>
    [Fact]
    public async Task Failing_seed_is_printed_with_its_schedule_and_shrunk_to_what_is_needed()
    {
        var run = await SimulationProgram.RunAsync("run", "--seeds", "1", "--from", "1", "--mutant", "checkpoint-too-far");
        Assert.Contains(run.Output, static line => line.StartsWith("  step ", StringComparison.Ordinal));
        Assert.Contains(run.Output, static line => line.EndsWith("-- replay 1 --trace", StringComparison.Ordinal));

        var shrunk = await SimulationProgram.RunAsync("shrink", "1", "--mutant", "checkpoint-too-far");

        Assert.DoesNotContain(shrunk.Output, static line => line.StartsWith("  step ", StringComparison.Ordinal));
        var command = shrunk.Output.Single(static line => line.StartsWith("replay ", StringComparison.Ordinal));
        var again = await SimulationProgram.RunAsync([.. command.Split(' '), "--mutant", "checkpoint-too-far"]);
        Assert.Equal(1, again.ExitCode);
    }

    [Fact]
    public async Task Printed_plan_can_be_replayed_from_a_file()
    {
        var byNumber = await SimulationProgram.RunAsync("replay", "5");
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, "# a note\n" + SimulationPlan.FromSeed(5), TestContext.Current.CancellationToken);
        var byFile = await SimulationProgram.RunAsync("replay", file);
        File.Delete(file);

        Assert.Equal(byNumber.Output, byFile.Output);
    }

    [Theory]
    [InlineData("run", "--seeds", "many")]
    [InlineData("replay", "no-such-plan")]
    [InlineData("run", "--mutant", "unknown")]
    [InlineData("dance")]
    public async Task Arguments_without_sense_end_with_the_usage(params string[] arguments) =>
        Assert.Equal(2, (await SimulationProgram.RunAsync(arguments)).ExitCode);
}
