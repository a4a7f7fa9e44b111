namespace KinesisClientNet.Local.Tests.Persistence;

/// <summary>A directory that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kinesis-").FullName;

    /// <summary>The log that is appended to.</summary>
    public string Log => Directory.GetFiles(Path, "*.log").Order(StringComparer.Ordinal).Last();

    public string[] Names => [.. Directory.GetFiles(Path).Select(static file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public long Bytes => Directory.GetFiles(Path).Sum(static file => new FileInfo(file).Length);

    /// <summary>A copy as a killed process would have left it: files may be open meanwhile.</summary>
    public TemporaryDirectory Copy()
    {
        var copy = new TemporaryDirectory();
        foreach (var file in Directory.GetFiles(Path).Where(static file => !file.EndsWith("lock", StringComparison.Ordinal)))
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
