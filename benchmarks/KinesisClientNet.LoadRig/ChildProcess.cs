using System.Diagnostics;

namespace KinesisClientNet.LoadRig;

/// <summary>This program once more, as a server beside the measured client; it ends when this object is disposed or this process dies (its standard input closes).</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(5);
    private readonly Process _process;

    private ChildProcess(Process process, IReadOnlyDictionary<string, string> facts) => (_process, Facts) = (process, facts);

    /// <summary>What the child printed in its first line, as name and value.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; }

    public static async Task<ChildProcess> StartAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("The server process did not start.");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("The server process ended before it named its ports.");
        return new(process, line.Split(' ').Where(f => f.Contains('=', StringComparison.Ordinal)).Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f[1]));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(ExitLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(); // it did not end by itself in time
        }

        _process.Dispose();
    }
}
