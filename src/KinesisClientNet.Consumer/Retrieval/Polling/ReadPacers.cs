using System.Runtime.CompilerServices;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Retrieval.Polling;

/// <summary>
/// Finds the one pacer of a shard in this process. Consumers that share a clock and an address of the service share pacers, so that two
/// applications in one process stay within the shard's budget together. Thread-safe.
/// </summary>
internal sealed class ReadPacers
{
    private static readonly ConditionalWeakTable<TimeProvider, ReadPacers> ByClock = [];

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Entry> _entries = [];

    private ReadPacers(TimeProvider time) => _time = time;

    public static ReadPacers Of(TimeProvider time) => ByClock.GetValue(time, static time => new ReadPacers(time));

    /// <summary>Takes part in a shard's pacer.</summary>
    /// <param name="service">What stands for the service: the client given by the user, or the text of the address.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="pacer">The pacer.</param>
    /// <returns>Dispose it at the end; the last one removes the pacer.</returns>
    public IDisposable Join(object service, StreamReference stream, string shardId, out ReadPacer pacer)
    {
        var key = new Key(service, stream.ToString(), shardId);
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var entry))
                _entries.Add(key, entry = new Entry(new ReadPacer(_time)));
            entry.Members++;
            pacer = entry.Pacer;
        }

        return new Membership(this, key);
    }

    internal int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    private void Leave(Key key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry) && --entry.Members == 0)
                _entries.Remove(key);
        }
    }

    private readonly record struct Key(object Service, string Stream, string ShardId);

    private sealed class Entry(ReadPacer pacer)
    {
        public ReadPacer Pacer => pacer;

        public int Members { get; set; }
    }

    private sealed class Membership(ReadPacers owner, Key key) : IDisposable
    {
        private ReadPacers? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Leave(key);
    }
}
