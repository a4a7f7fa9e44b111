using System.Buffers;
using System.IO.Hashing;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// One of an aggregate's two key tables, kept serialized, with a hash table over it: distinct keys in the order of their first use,
/// compared byte by byte. All memory is pooled and kept over <see cref="Reset"/>.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class AggregationKeyTable(byte tag) : IDisposable
{
    private const int InitialKeys = 64;
    private const int InitialBytes = 1024;

    /// <summary>
    /// Keys come from users' data: a seed that differs per process keeps anybody from choosing keys that collide. It changes no output.
    /// </summary>
    private static readonly long Seed = new HashCode().ToHashCode();

    private byte[] _serialized = [];
    private Key[] _keys = [];
    private Slot[] _slots = [];
    private int _mask;
    private uint _generation = 1;

    /// <summary>The distinct keys.</summary>
    internal int Count { get; private set; }

    /// <summary>The entries' bytes: tag, length and key, one after the other.</summary>
    internal ReadOnlySpan<byte> Serialized => _serialized.AsSpan(0, SerializedBytes);

    /// <summary>How many bytes that is.</summary>
    internal int SerializedBytes { get; private set; }

    internal static uint HashOf(ReadOnlySpan<byte> key) => (uint)XxHash3.HashToUInt64(key, Seed);

    /// <summary>Finds a key.</summary>
    /// <param name="key">The key's bytes.</param>
    /// <param name="hash">Its <see cref="HashOf"/>.</param>
    /// <returns>Its place in the table, or -1.</returns>
    internal int Find(ReadOnlySpan<byte> key, uint hash)
    {
        if (Count == 0)
            return -1;
        for (var at = (int)hash & _mask; _slots[at].Generation == _generation; at = (at + 1) & _mask)
        {
            ref readonly var candidate = ref _keys[_slots[at].Index];
            if (candidate.Hash == hash && key.SequenceEqual(_serialized.AsSpan(candidate.Offset, candidate.Length)))
                return _slots[at].Index;
        }

        return -1;
    }

    /// <summary>Appends a key that <see cref="Find"/> did not find.</summary>
    /// <param name="key">The key's bytes.</param>
    /// <param name="hash">Its <see cref="HashOf"/>.</param>
    /// <returns>Its place in the table.</returns>
    internal int Add(ReadOnlySpan<byte> key, uint hash)
    {
        var needed = SerializedBytes + AggregatedRecordFormat.KeyEntryBytes(key.Length);
        if (needed > _serialized.Length)
            PooledArray.Grow(ref _serialized, SerializedBytes, Math.Max(needed, InitialBytes));
        if (Count == _keys.Length)
            PooledArray.Grow(ref _keys, Count, Math.Max(Count * 2, InitialKeys));
        if (Count * 2 >= _slots.Length)
            GrowSlots();

        var at = SerializedBytes;
        _serialized[at++] = tag;
        at += AggregatedRecordFormat.WriteVarint(_serialized.AsSpan(at), (uint)key.Length);
        key.CopyTo(_serialized.AsSpan(at));
        _keys[Count] = new(at, key.Length, hash);
        SerializedBytes = needed;
        Occupy(hash, Count);
        return Count++;
    }

    /// <summary>Forgets the keys and keeps the memory, unless it grew beyond what a usual aggregate needs.</summary>
    internal void Reset()
    {
        if (_serialized.Length > AggregatedRecordWriter.MaxRetainedBytes)
        {
            Release();
            return;
        }

        Count = 0;
        SerializedBytes = 0;
        if (++_generation == 0)
        {
            Array.Clear(_slots);
            _generation = 1;
        }
    }

    public void Dispose() => Release();

    private void Release()
    {
        PooledArray.Release(ref _serialized);
        PooledArray.Release(ref _keys);
        PooledArray.Release(ref _slots);
        (Count, SerializedBytes, _mask, _generation) = (0, 0, 0, 1);
    }

    private void GrowSlots()
    {
        var capacity = Math.Max(InitialKeys * 2, (_mask + 1) * 2);
        PooledArray.Release(ref _slots);
        _slots = ArrayPool<Slot>.Shared.Rent(capacity);
        _mask = capacity - 1; // the pool may hand out more: what lies beyond a power of two stays unused
        _generation = 1;
        Array.Clear(_slots, 0, capacity);
        for (var i = 0; i < Count; i++)
            Occupy(_keys[i].Hash, i);
    }

    private void Occupy(uint hash, int index)
    {
        var at = (int)hash & _mask;
        while (_slots[at].Generation == _generation)
            at = (at + 1) & _mask;
        _slots[at] = new(_generation, index);
    }

    private readonly record struct Key(int Offset, int Length, uint Hash);

    /// <summary>A place in the hash table; used when its generation is the table's.</summary>
    private readonly record struct Slot(uint Generation, int Index);
}
