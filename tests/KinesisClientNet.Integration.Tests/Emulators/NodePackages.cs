using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>
/// Installs tests/emulators from its lock file, once for each version of that file, also when several test processes start together.
/// </summary>
internal static class NodePackages
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task> Installation = new(InstallAsync);

    /// <summary>Ends when the packages are there; fails with <see cref="ServerUnavailableException"/> when they cannot be.</summary>
    public static Task InstalledAsync() => Installation.Value;

    public static string PathOf(string package, string file) => Path.Combine(RepositoryFolders.Emulators, "node_modules", package, file);

    private static async Task InstallAsync()
    {
        var version = (await RunAsync("node", ["--version"], ProbeTimeout).ConfigureAwait(false)).Trim();
        if (!int.TryParse(version.TrimStart('v').Split('.')[0], out var major) || major < 20)
            throw new ServerUnavailableException($"node 20 or newer is needed, this is {version}.");

        // obj is ignored by git, and npm ci empties node_modules, so that the stamp cannot live there.
        var stampFolder = Directory.CreateDirectory(Path.Combine(RepositoryFolders.Emulators, "obj"));
        var stamp = Path.Combine(stampFolder.FullName, "installed");
        var wanted = Fingerprint(version);
        using var gate = await EnterAsync(Path.Combine(stampFolder.FullName, "install.lock")).ConfigureAwait(false);
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp).ConfigureAwait(false) == wanted && File.Exists(PathOf("kinesis-local", "main.js")))
            return;

        // The packages bring their binaries; install scripts would only compile them again (docs/emulators.md).
        await RunAsync(
            OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], InstallTimeout).ConfigureAwait(false);
        await File.WriteAllTextAsync(stamp, wanted).ConfigureAwait(false);
    }

    private static string Fingerprint(string nodeVersion)
    {
        var lockFile = File.ReadAllBytes(Path.Combine(RepositoryFolders.Emulators, "package-lock.json"));
        return $"{nodeVersion} {Convert.ToHexString(SHA256.HashData(lockFile))}";
    }

    /// <summary>A file that is open without sharing is a lock that the system gives back when its process dies.</summary>
    private static async Task<FileStream> EnterAsync(string path)
    {
        using var timeout = new CancellationTokenSource(InstallTimeout);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!timeout.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = RepositoryFolders.Emulators, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        using var process = Start(start);
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            var output = new StringBuilder(await process.StandardOutput.ReadToEndAsync(timeout.Token).ConfigureAwait(false)).Append(await errors.ConfigureAwait(false));
            await process.WaitForExitAsync(timeout.Token).ConfigureAwait(false);
            if (process.ExitCode != 0)
                throw new ServerUnavailableException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {Brief(output)}");
            return output.ToString();
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // Left alone it would go on installing beside the next test run.
            process.Kill(entireProcessTree: true);
            throw new ServerUnavailableException($"'{program} {string.Join(' ', arguments)}' did not end within {limit}.");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ServerUnavailableException($"{start.FileName} did not start.");
        }
        catch (Win32Exception e)
        {
            throw new ServerUnavailableException($"{start.FileName} was not found on the PATH ({e.Message}).");
        }
    }

    /// <summary>npm names the cause first and a stack trace after it.</summary>
    private static string Brief(StringBuilder output) =>
        string.Join(" | ", output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(5));
}
