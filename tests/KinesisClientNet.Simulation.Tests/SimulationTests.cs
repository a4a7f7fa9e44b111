using System.Diagnostics;
using System.Globalization;

namespace KinesisClientNet.Simulation.Tests;

/// <summary>Runs the simulation's program: it needs a process of its own, with one processor, to repeat exactly.</summary>
public class SimulationTests
{
    /// <summary>A fixed budget of seeds: issue 7, "CI runs a fixed budget of seeds".</summary>
    [Theory]
    [InlineData(1, 40)]
    [InlineData(1001, 40)]
    public async Task Fleets_break_no_rule(int from, int seeds)
    {
        var (code, output) = await RunAsync("run", "--from", $"{from}", "--seeds", $"{seeds}");

        Assert.Equal("", string.Join('\n', output.Where(static line => line.StartsWith("seed ", StringComparison.Ordinal))));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"seeds {seeds}, violations 0, faults "), output[^1], StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    /// <summary>Issue 7: "Replaying a seed gives the same trace, event for event, twice."</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public async Task Replayed_seed_gives_the_same_trace_in_another_process(int seed)
    {
        var (_, first) = await RunAsync("replay", $"{seed}", "--trace");
        var (_, second) = await RunAsync("replay", $"{seed}", "--trace");

        Assert.True(first.Count > 100);
        Assert.Equal(first, second);
    }

    /// <summary>Issue 7: "Mutations that must be caught".</summary>
    [Theory]
    [InlineData("checkpoint-too-far", "checkpoint:")]
    [InlineData("child-before-parent", "order:")]
    public async Task Flipped_rule_is_caught(string mutant, string rule)
    {
        var (code, output) = await RunAsync("run", "--seeds", "25", "--mutant", mutant);

        Assert.Contains(output, line => line.StartsWith("seed ", StringComparison.Ordinal) && line.Contains(rule, StringComparison.Ordinal));
        Assert.Equal(1, code);
    }

    private static async Task<(int Code, List<string> Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Commands).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}
