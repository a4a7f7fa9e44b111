namespace KinesisClientNet.Fuzz;

/// <summary>The bytes that are being mutated: one buffer for all iterations, never longer than <see cref="MaxBytes"/>.</summary>
internal sealed class FuzzInput
{
    /// <summary>Below 1 MiB, where the limit on a reader's memory is 64 MiB.</summary>
    internal const int MaxBytes = 1_000_000;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(MaxBytes + 1024);

    internal int Length { get; private set; }

    internal Span<byte> Span => _bytes.AsSpan(0, Length);

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    internal void Clear() => Length = 0;

    internal void Set(ReadOnlySpan<byte> bytes)
    {
        Length = 0;
        Append(bytes);
    }

    /// <summary>Appends what fits.</summary>
    internal void Append(ReadOnlySpan<byte> bytes) => Insert(Length, bytes);

    internal void Append(byte value) => Append([value]);

    /// <summary>Puts bytes in between; what does not fit is left out.</summary>
    internal void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes - Length)];
        _bytes.AsSpan(at, Length - at).CopyTo(_bytes.AsSpan(at + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(at));
        Length += bytes.Length;
    }

    internal void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, Length - at - count).CopyTo(_bytes.AsSpan(at));
        Length -= count;
    }

    /// <summary>Replaces a part by bytes of any length.</summary>
    internal void Replace(int at, int count, ReadOnlySpan<byte> bytes)
    {
        Remove(at, count);
        Insert(at, bytes);
    }
}
