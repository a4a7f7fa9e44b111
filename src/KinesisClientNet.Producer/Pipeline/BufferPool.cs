using System.Numerics;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// Byte arrays for sealed records, in steps of an eighth of a power of two: at most 12.5 % is wasted, which the shared array pool's powers of
/// two could not promise. What is in use and what lies unused are bounded together, so a full buffer that empties and fills again allocates
/// nothing; what lies unused is given back to the collector of garbage when traffic ends. Thread-safe.
/// </summary>
/// <param name="maxBytes">The bound of both together; only what is in use may exceed it, and then nothing lies unused.</param>
internal sealed class BufferPool(long maxBytes)
{
    private const int MinBytes = 64;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<byte[]>> _idle = [];
    private long _idleBytes;
    private long _rentedBytes;
    private long _lowMark;
    private bool _isClosed;

    /// <summary>Bytes that lie unused.</summary>
    internal long IdleBytes => Interlocked.Read(ref _idleBytes);

    /// <summary>Takes an array of at least the length.</summary>
    internal byte[] Rent(int length)
    {
        var size = SizeFor(length);
        lock (_gate)
        {
            _rentedBytes += size;
            if (_idle.TryGetValue(size, out var stack) && stack.TryPop(out var array))
            {
                _idleBytes -= size;
                _lowMark = Math.Min(_lowMark, _idleBytes);
                return array;
            }

            // Records of another size came: arrays that no longer fit make room for those that do.
            Drop(_idleBytes + _rentedBytes - maxBytes);
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Gives an array back.</summary>
    internal void Return(byte[] array)
    {
        lock (_gate)
        {
            _rentedBytes -= array.Length;
            if (_isClosed || _idleBytes + _rentedBytes + array.Length > maxBytes)
                return;
            if (!_idle.TryGetValue(array.Length, out var stack))
                _idle[array.Length] = stack = new Stack<byte[]>();
            stack.Push(array);
            _idleBytes += array.Length;
        }
    }

    /// <summary>Uses no array again from now on.</summary>
    internal void Close()
    {
        lock (_gate)
            _isClosed = true;
    }

    /// <summary>Drops what nobody took since the last call. Called every few seconds (KPL #485: native heap stays at gigabytes after a peak).</summary>
    internal void Trim()
    {
        lock (_gate)
        {
            Drop(_lowMark);
            _lowMark = _idleBytes;
        }
    }

    private void Drop(long surplus)
    {
        if (surplus <= 0)
            return;
        foreach (var (size, stack) in _idle)
        {
            while (surplus > 0 && stack.TryPop(out _))
            {
                surplus -= size;
                _idleBytes -= size;
            }
        }

        _lowMark = Math.Min(_lowMark, _idleBytes);
    }

    private static int SizeFor(int length)
    {
        if (length <= MinBytes)
            return MinBytes;
        var step = Math.Max(8, 1 << (BitOperations.Log2((uint)length - 1) - 3));
        return (length + step - 1) / step * step;
    }
}
