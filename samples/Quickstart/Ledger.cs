using System.Globalization;
using System.Text;

namespace Quickstart;

/// <summary>
/// Judges the run. Every payload carries the run's id and the event's index; the ledger notes first deliveries, duplicates, and whether the
/// events of one key were first delivered in the order in which they were sent.
/// </summary>
internal sealed class Ledger(string runId, int expected)
{
    private readonly Lock _gate = new();
    private readonly bool[] _seen = new bool[expected];
    private readonly Dictionary<string, KeyTally> _keys = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when every event has been delivered.</summary>
    public Task Complete => _complete.Task;

    public int Delivered { get; private set; }

    public int Duplicates { get; private set; }

    public int Foreign { get; private set; }

    public int OutOfOrder { get; private set; }

    public static byte[] Encode(string runId, int index, string line) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{runId};{index};{line}"));

    public void Note(string? key, ReadOnlySpan<byte> payload, string shardId)
    {
        var text = Encoding.UTF8.GetString(payload);
        var first = text.IndexOf(';');
        var second = first < 0 ? -1 : text.IndexOf(';', first + 1);
        lock (_gate)
        {
            if (key is null || second < 0 || !text.AsSpan(0, first).SequenceEqual(runId)
                || !int.TryParse(text.AsSpan(first + 1, second - first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || index >= expected)
            {
                Foreign++; // somebody else's record on a shared stream
                return;
            }

            if (_seen[index])
            {
                Duplicates++;
                return;
            }

            _seen[index] = true;
            var tally = _keys.TryGetValue(key, out var known) ? known : _keys[key] = new KeyTally(key);
            if (index < tally.LastIndex)
                OutOfOrder++;
            tally.Add(index, shardId, text.AsSpan(second + 1));
            if (++Delivered == expected)
                _complete.TrySetResult();
        }
    }

    public IReadOnlyList<KeyTally> Busiest(int count)
    {
        lock (_gate)
            return [.. _keys.Values.OrderByDescending(k => k.Count).ThenBy(k => k.Key, StringComparer.Ordinal).Take(count)];
    }

    public int Keys
    {
        get
        {
            lock (_gate)
                return _keys.Count;
        }
    }
}

/// <summary>What arrived for one key.</summary>
internal sealed class KeyTally(string key)
{
    private long _delayMinutes;
    private int _delays;

    public string Key { get; } = key;

    public int Count { get; private set; }

    public int LastIndex { get; private set; } = -1;

    public SortedSet<string> Shards { get; } = new(StringComparer.Ordinal);

    /// <summary>Mean of the second column where it is a number (the flights' delay in minutes), else null.</summary>
    public double? MeanDelay => _delays > 0 ? (double)_delayMinutes / _delays : null;

    public void Add(int index, string shardId, ReadOnlySpan<char> line)
    {
        Count++;
        LastIndex = Math.Max(LastIndex, index);
        Shards.Add(shardId);
        var comma = line.IndexOf(',');
        var rest = comma < 0 ? default : line[(comma + 1)..];
        var end = rest.IndexOf(',');
        if (end > 0 && int.TryParse(rest[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var delay))
        {
            _delayMinutes += delay;
            _delays++;
        }
    }
}
