using System.Text;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// Gives the same string for the same short UTF-8 text most of the time, so that shard ids and codes are not made anew for each record. A
/// fixed table with one place per hash: bounded, no locks, a collision only costs a new string. Thread-safe.
/// </summary>
internal sealed class Utf8Interner
{
    private const int Slots = 1024;
    private const int LongestInterned = 64;

    private readonly string?[] _slots = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestInterned)
            return Encoding.UTF8.GetString(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _slots[hash.ToHashCode() & (Slots - 1)];
        var known = Volatile.Read(ref slot);
        if (known is not null && Ascii.Equals(utf8, known))
            return known;
        var made = Encoding.UTF8.GetString(utf8);
        Volatile.Write(ref slot, made);
        return made;
    }
}
