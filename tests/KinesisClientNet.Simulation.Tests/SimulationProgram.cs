using System.Diagnostics;

namespace KinesisClientNet.Simulation.Tests;

/// <summary>A run of the program in a process of its own.</summary>
internal sealed record SimulationProgram(int ExitCode, IReadOnlyList<string> Output)
{
    public string LastLine => Output[^1];

    /// <summary>The lines that name a broken rule.</summary>
    public IEnumerable<string> Violations => Output.Where(static line => line.StartsWith("seed ", StringComparison.Ordinal) && !line.Contains(" steps: ", StringComparison.Ordinal));

    public static async Task<SimulationProgram> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(Commands).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)]);
    }
}
