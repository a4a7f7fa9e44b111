using KinesisClientNet.Hosting.Tests.Samples;

namespace KinesisClientNet.Hosting.Tests;

/// <summary>Issue 8: a host that is stopped by SIGTERM during load drains inside its budget and ends with 0. A real process and a real signal.</summary>
public sealed class TerminationTests
{
    [Fact]
    public async Task SIGTERM_under_load_drains_everything_inside_the_budget_and_ends_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var host = ChildProgram.Start("dotnet", ChildProgram.Built("tests/KinesisClientNet.AotApp", "KinesisClientNet.AotApp"), "load");
        await host.SaysAsync("under load");

        await host.TerminateAsync();
        var (exitCode, output) = await host.EndAsync();

        // The program itself compares: every record enqueued is delivered, every handled one checkpointed, no lease kept, the time within the budget.
        Assert.True(exitCode == 0, output);
        Assert.Contains("stopped after", output, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }
}
