using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>What happened in a run, in order. Two runs of a plan have the same lines, and so the same hash.</summary>
internal sealed class Trace(TimeProvider clock)
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public string Hash
    {
        get
        {
            var hash = FnvOffset;
            foreach (var line in _lines)
            {
                foreach (var letter in line)
                    hash = unchecked((hash ^ letter) * FnvPrime);
            }

            return hash.ToString("x16", CultureInfo.InvariantCulture);
        }
    }

    public void Add(string text)
    {
        lock (_gate)
            _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(clock.GetTimestamp()):c} {text}"));
    }
}
