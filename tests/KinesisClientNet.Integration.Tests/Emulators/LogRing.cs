namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>The last lines that a server wrote, bounded. Thread-safe.</summary>
internal sealed class LogRing(int capacity = 500)
{
    private readonly Queue<string> _lines = new();
    private readonly Lock _lock = new();

    public void Add(string line)
    {
        lock (_lock)
        {
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

    public override string ToString() => string.Join(Environment.NewLine, Last(capacity));
}
