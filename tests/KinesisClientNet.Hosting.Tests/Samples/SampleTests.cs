using System.Diagnostics;

namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Issue 8: samples of at most 60 lines, run against the local Kinesis.</summary>
public sealed class SampleTests
{
    private const int MostLines = 60;

    public static TheoryData<string> Names { get; } = ["Producer", "HostedConsumer", "ManualCheckpoint", "EnhancedFanOut", "TestingYourConsumer"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_fits_a_screen(string name) =>
        Assert.InRange(File.ReadAllLines(Path.Combine(Root, "samples", name, "Program.cs")).Length, 5, MostLines);

    [Theory]
    [MemberData(nameof(Names))]
    [InlineData("Quickstart")]
    public async Task A_sample_runs_to_its_end_without_AWS(string name)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(Root, "samples", name, "bin", configuration, "net10.0", name + ".dll");
        Assert.True(File.Exists(program), $"samples/{name} is not built, although this project builds it.");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(HostRig.Cancellation);
            var errors = process.StandardError.ReadToEndAsync(HostRig.Cancellation);
            await process.WaitForExitAsync(HostRig.Cancellation);

            Assert.True(process.ExitCode == 0, $"{name} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    internal static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "KinesisClientNet.sln")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException("The solution is not above the tests.");
            return folder.FullName;
        }
    }
}
