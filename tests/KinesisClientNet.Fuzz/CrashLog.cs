namespace KinesisClientNet.Fuzz;

/// <summary>Collects crashes of all threads, one per kind, and writes their inputs to files.</summary>
internal sealed class CrashLog(string target, string folder)
{
    private const int MaxKinds = 50;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _lines = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines.Values];
        }
    }

    /// <summary>True when crashes of this kind need no further work.</summary>
    internal bool Knows(FuzzCrash crash)
    {
        lock (_lock)
            return _lines.ContainsKey(crash.Kind) || _lines.Count >= MaxKinds;
    }

    internal void Add(FuzzCrash crash, byte[] input)
    {
        lock (_lock)
        {
            if (_lines.ContainsKey(crash.Kind))
                return;
            var path = FuzzCorpus.Write(folder, target, input, crash.Message);
            _lines.Add(crash.Kind, $"CRASH {target}: {crash.Message}{Environment.NewLine}  input ({input.Length} bytes): {path}{Environment.NewLine}{crash.Details}");
        }
    }
}

/// <summary>Why an input is a crash.</summary>
/// <param name="Kind">Equal for crashes of one cause, as far as the place of the throw tells.</param>
/// <param name="Message">One line.</param>
/// <param name="Details">The stack, or empty.</param>
internal sealed record FuzzCrash(string Kind, string Message, string Details);
