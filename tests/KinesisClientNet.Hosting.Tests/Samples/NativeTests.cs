using System.Text.RegularExpressions;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Issue 8: tests/AotApp published native and run where the compiler package restores. Issue 9: from its start to the first stored record.</summary>
[Collection(PublishingCollection.Name)]
public sealed partial class NativeTests
{
    private const string Project = "tests/KinesisClientNet.AotApp";
    private const int Starts = 5;

    /// <summary>Processor time, because the machine may be busy; the elapsed time is written beside it.</summary>
    private const int MostCpuMilliseconds = 150;

    [Fact]
    public async Task The_native_program_is_published_without_a_warning_and_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "The program is published for linux-x64.");
        PublishingCollection.SkipWhenSwitchedOff();
        var folder = Directory.CreateTempSubdirectory("kinesisclientnet-native").FullName;
        try
        {
            await PublishAsync(folder);
            var program = Path.Combine(folder, "out", "KinesisClientNet.AotApp");

            var text = await ChildProgram.RunAsync(folder, program);

            Assert.Contains("native smoke test passed", text, StringComparison.Ordinal);
            await StartsQuicklyAsync(folder, program);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Intermediate files go to a folder of their own: an ordinary build of the same project must not find them.</summary>
    private static async Task PublishAsync(string folder)
    {
        string[] properties = ["-r", "linux-x64", "-p:Native=true", $"-p:ArtifactsPath={folder}/artifacts"];
        using var restore = ChildProgram.Start("dotnet", ["restore", Path.Combine(SampleTests.Root, Project), .. properties]);
        var (exitCode, output) = await restore.EndAsync();
        Assert.SkipWhen(exitCode != 0 && output.Contains("ILCompiler", StringComparison.OrdinalIgnoreCase), $"The native compiler's package does not restore here:\n{output}");
        Assert.True(exitCode == 0, output);
        using var publish = ChildProgram.Start("dotnet", ["publish", Path.Combine(SampleTests.Root, Project), "-c", "Release", "--no-restore", "-o", Path.Combine(folder, "out"), .. properties]);
        (exitCode, output) = await publish.EndAsync();
        Assert.SkipWhen(exitCode != 0 && output.Contains("Platform linker", StringComparison.Ordinal), $"There is no C toolchain for the native linker here:\n{output}");
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain(": warning ", output, StringComparison.Ordinal);
    }

    private static async Task StartsQuicklyAsync(string folder, string program)
    {
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis().AddStream("orders", 4));
        var runs = new List<(int Elapsed, int Cpu)>();
        for (var i = 0; i < Starts; i++)
        {
            var match = Times().Match(await ChildProgram.RunAsync(folder, program, "first-put", server.Endpoint.ToString()));
            runs.Add((int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan)));
        }

        var text = string.Join("; ", runs.Select(run => $"{run.Elapsed} ms, {run.Cpu} ms CPU"));
        TestContext.Current.TestOutputHelper?.WriteLine($"Start to first PutRecords, native: {text}");
        Assert.True(runs.Min(run => run.Cpu) < MostCpuMilliseconds, text);
    }

    [GeneratedRegex(@"(\d+) ms, (\d+) ms CPU")]
    private static partial Regex Times();
}
