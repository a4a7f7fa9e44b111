namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>The last lines that a server wrote, bounded. Thread-safe.</summary>
internal sealed class LogRing(int capacity = 500)
{
    private readonly Queue<string> _lines = new();
    private readonly Lock _lock = new();
    private long _written;

    /// <summary>How many lines were ever written: a mark for <see cref="Since"/>.</summary>
    public long Written
    {
        get
        {
            lock (_lock)
                return _written;
        }
    }

    public void Add(string line)
    {
        lock (_lock)
        {
            _written++;
            if (_lines.Count == capacity)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }

    public IReadOnlyList<string> Last(int count)
    {
        lock (_lock)
            return [.. _lines.TakeLast(count)];
    }

    /// <summary>The lines after a mark, at most the last <paramref name="count"/>.</summary>
    public IReadOnlyList<string> Since(long mark, int count)
    {
        lock (_lock)
            return Last((int)Math.Min(count, _written - mark));
    }

    public override string ToString() => string.Join(Environment.NewLine, Last(capacity));
}
