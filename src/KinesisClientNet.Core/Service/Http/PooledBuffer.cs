using System.Buffers;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>A growing byte buffer on pooled memory. Not thread-safe. Its memory must not be read after disposal.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _array;

    public PooledBuffer(int capacity = 512) => _array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 16));

    /// <summary>A copy of some bytes.</summary>
    public static PooledBuffer CopyOf(ReadOnlySpan<byte> bytes)
    {
        var copy = new PooledBuffer(bytes.Length);
        copy.Write(bytes);
        return copy;
    }

    /// <summary>What it takes of memory: pools round up.</summary>
    public int Capacity => _array.Length;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Length);

    public ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(0, Length);

    public void Advance(int count)
    {
        if ((uint)count > (uint)(_array.Length - Length))
            throw new ArgumentOutOfRangeException(nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Length);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, []);
        Length = 0;
        if (array.Length > 0)
            ArrayPool<byte>.Shared.Return(array);
    }

    private void Reserve(int count)
    {
        count = Math.Max(count, 1);
        if (count <= _array.Length - Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(checked((int)Math.Max((long)Length + count, Math.Min(2L * _array.Length, Array.MaxLength))));
        _array.AsSpan(0, Length).CopyTo(larger);
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
