namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Issue 8: samples of at most 60 lines, run against the local Kinesis.</summary>
public sealed class SampleTests
{
    private const int MostLines = 60;

    public static TheoryData<string> Names { get; } = ["Producer", "HostedConsumer", "ManualCheckpoint", "EnhancedFanOut", "TestingYourConsumer", "Telemetry"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_fits_a_screen(string name) =>
        Assert.InRange(File.ReadAllLines(Path.Combine(Root, "samples", name, "Program.cs")).Length, 5, MostLines);

    [Theory]
    [MemberData(nameof(Names))]
    [InlineData("Quickstart")]
    public async Task A_sample_runs_to_its_end_without_AWS(string name)
    {
        var program = ChildProgram.Built($"samples/{name}", name);
        using var process = ChildProgram.Start("dotnet", program);

        var (exitCode, output) = await process.EndAsync();

        Assert.True(exitCode == 0, $"{name} ended with {exitCode}:\n{output}");
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
