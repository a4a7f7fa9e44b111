using System.Diagnostics;
using System.Text;

namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>A program that a test runs. It is killed when the test ends before it.</summary>
internal sealed class ChildProgram : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _text = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private ChildProgram(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The assembly of a project that this project builds, in the configuration of this one.</summary>
    public static string Built(string folder, string name)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(SampleTests.Root, folder, "bin", configuration, "net10.0", name + ".dll");
        Assert.True(File.Exists(program), $"{folder} is not built, although this project builds it.");
        return program;
    }

    public static ChildProgram Start(string program, params string[] arguments) => new(new ProcessStartInfo(program, arguments));

    /// <summary>Runs a program in a folder to its end and returns what it wrote; fails when it fails.</summary>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = new ChildProgram(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder });
        var (exitCode, output) = await process.EndAsync();
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Waits until a line of its output holds the text, or it has ended.</summary>
    public async Task SaysAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_text)
        {
            _awaited.Add((text, seen));
            if (_text.ToString().Contains(text, StringComparison.Ordinal))
                seen.TrySetResult();
        }

        await Task.WhenAny(seen.Task, _process.WaitForExitAsync(HostRig.Cancellation));
        lock (_text)
            Assert.True(seen.Task.IsCompleted, $"It ended without saying '{text}':\n{_text}");
    }

    /// <summary>Asks it to end, as an orchestrator does.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(HostRig.Cancellation);
    }

    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        await _process.WaitForExitAsync(HostRig.Cancellation);
        lock (_text)
            return (_process.ExitCode, _text.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_text)
        {
            _text.AppendLine(line);
            foreach (var (_, seen) in _awaited.Where(awaited => line.Contains(awaited.Text, StringComparison.Ordinal)))
                seen.TrySetResult();
        }
    }
}
