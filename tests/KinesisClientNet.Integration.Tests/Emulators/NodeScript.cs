using System.Diagnostics;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>Runs a script of tests/emulators to its end; the test is skipped, with the reason, where node cannot run.</summary>
internal static class NodeScript
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <returns>The lines that it wrote.</returns>
    public static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        try
        {
            await NodePackages.InstalledAsync();
        }
        catch (ServerUnavailableException e)
        {
            Availability.Missing(script, e.Message);
        }

        var start = new ProcessStartInfo("node", [Path.Combine(RepositoryFolders.Emulators, script), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{script} did not start.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}: {await errors}");
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
