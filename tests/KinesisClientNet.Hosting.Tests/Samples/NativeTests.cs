using System.Diagnostics;

namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Issue 8: tests/AotApp published native and run where the compiler package restores.</summary>
public sealed class NativeTests
{
    [Fact]
    public async Task The_native_program_is_published_without_a_warning_and_runs()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("KINESISCLIENTNET_NATIVE") == "1",
            "Takes minutes and downloads the native compiler: set KINESISCLIENTNET_NATIVE=1 on Linux to run it.");
        var root = SampleTests.Root;
        var output = Directory.CreateTempSubdirectory("kinesisclientnet-native").FullName;

        await RunAsync("dotnet", "publish", Path.Combine(root, "tests/KinesisClientNet.AotApp"), "-c", "Release", "-r", "linux-x64", "-p:Native=true", "-o", output);
        var text = await RunAsync(Path.Combine(output, "KinesisClientNet.AotApp"));
        Directory.Delete(output, recursive: true);

        Assert.Contains("native smoke test passed", text, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(HostRig.Cancellation);
        await process.WaitForExitAsync(HostRig.Cancellation);
        Assert.True(process.ExitCode == 0, text);
        return text;
    }
}
