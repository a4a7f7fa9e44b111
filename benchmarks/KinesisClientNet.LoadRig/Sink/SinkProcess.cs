using System.Diagnostics;
using System.Globalization;

namespace KinesisClientNet.LoadRig.Sink;

/// <summary>The sink as a child process; it ends when this object is disposed or this process dies (its standard input closes).</summary>
internal sealed class SinkProcess : IAsyncDisposable
{
    private readonly Process _process;

    private SinkProcess(Process process, Uri http, Uri https) => (_process, Http, Https) = (process, http, https);

    public Uri Http { get; }

    public Uri Https { get; }

    public static async Task<SinkProcess> StartAsync(int shards, TimeSpan delay, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var entry = typeof(SinkProcess).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(entry);
        foreach (var argument in (string[])["sink", "--shards", shards.ToString(CultureInfo.InvariantCulture), "--delay-ms", delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException("The sink process did not start.");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        var fields = (line ?? throw new InvalidOperationException("The sink ended before it named its ports.")).Split(' ', '=');
        return new(process, new Uri($"http://127.0.0.1:{fields[2]}"), new Uri($"https://127.0.0.1:{fields[4]}"));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
