using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>A server that runs in node behind preload.cjs: started, ready, its last lines kept, stopped without trace.</summary>
internal sealed partial class EmulatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly EmulatorCommand _command;
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly ConcurrentDictionary<int, int> _ports = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;

    private EmulatorProcess(EmulatorCommand command, Process process, DirectoryInfo folder)
    {
        _command = command;
        _process = process;
        _folder = folder;
    }

    /// <summary>The last lines of both pipes.</summary>
    public LogRing Log { get; } = new();

    public string Name => _command.Name;

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">The server ended or did not listen in time; the message holds its log.</exception>
    public static async Task<EmulatorProcess> StartAsync(EmulatorCommand command, TimeSpan readyTimeout, CancellationToken cancellationToken)
    {
        // An empty working directory: kinesis-mock would load ./data and ./server.json (docs/emulators.md, Q18).
        var folder = Directory.CreateTempSubdirectory("kinesisclientnet-");
        var start = new ProcessStartInfo("node", ["-r", Path.Combine(RepositoryFolders.Emulators, "preload.cjs"), command.Script, .. command.Arguments])
        {
            WorkingDirectory = folder.FullName, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["EMULATOR_DIE_WITH_STDIN"] = "1";
        foreach (var (name, value) in command.Environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var emulator = new EmulatorProcess(command, new Process { StartInfo = start, EnableRaisingEvents = true }, folder);
        try
        {
            await emulator.StartAsync(readyTimeout, cancellationToken).ConfigureAwait(false);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The address behind a port label.</summary>
    public Uri Endpoint(int label, string scheme = "http") => new($"{scheme}://127.0.0.1:{_ports[label].ToString(CultureInfo.InvariantCulture)}/");

    /// <summary>Fails with the log when the server has died, so that a test names the cause and not a refused connection.</summary>
    public void ThrowIfDead()
    {
        if (HasExited)
            throw new InvalidOperationException($"{Name} has ended with code {_process.ExitCode}. Its last lines:{Environment.NewLine}{Log}");
    }

    /// <summary>Ends when the process has ended and its pipes are read.</summary>
    public Task EndedAsync() => _process.WaitForExitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            _process.StandardInput.Close(); // preload.cjs kills the server; the kill below is for one that hangs
            using var timeout = new CancellationTokenSource(StopTimeout);
            try
            {
                await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"^EMULATOR-LISTENING asked=(\d+) port=(\d+)$")]
    private static partial Regex ListeningLine();

    private async Task StartAsync(TimeSpan readyTimeout, CancellationToken cancellationToken)
    {
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("The process ended."));
        _started = _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await _listening.Task.WaitAsync(readyTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            if (_process.HasExited)
                await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false); // its last lines may still be in the pipe
            throw new InvalidOperationException($"{Name} was not ready ({readyTimeout} allowed): {e.Message} Its last lines:{Environment.NewLine}{Log}", e);
        }
    }

    private void Read(string? line)
    {
        if (line is null)
            return;
        Log.Add(line);
        if (ListeningLine().Match(line) is not { Success: true } match)
            return;
        _ports[int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)] = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        if (_command.PortLabels.All(_ports.ContainsKey))
            _listening.TrySetResult();
    }
}
