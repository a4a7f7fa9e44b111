using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// The two key tables of an aggregate that is being read. Keys are decoded when a record first uses them, once; what no record uses need
/// not even be valid. Memory is pooled.
/// </summary>
internal sealed class AggregatedKeys(ReadOnlyMemory<byte> message) : IDisposable
{
    private const int InitialKeys = 32;

    private PartitionKey[] _partitionKeys = [];
    private ExplicitHashKey[] _explicitHashKeys = [];
    private int _partitionKeyCount;
    private int _explicitHashKeyCount;

    internal void AddPartitionKey(int start, int length)
    {
        if (_partitionKeyCount == _partitionKeys.Length)
            PooledArray.Grow(ref _partitionKeys, _partitionKeyCount, InitialKeys);
        _partitionKeys[_partitionKeyCount++] = new(start, length, null);
    }

    internal void AddExplicitHashKey(int start, int length)
    {
        if (_explicitHashKeyCount == _explicitHashKeys.Length)
            PooledArray.Grow(ref _explicitHashKeys, _explicitHashKeyCount, InitialKeys);
        _explicitHashKeys[_explicitHashKeyCount++] = new(start, length, null);
    }

    /// <summary>The key at an index.</summary>
    /// <returns>False when the table is shorter.</returns>
    internal bool TryGetPartitionKey(ulong index, [NotNullWhen(true)] out string? key)
    {
        key = null;
        if (index >= (ulong)_partitionKeyCount)
            return false;
        ref var entry = ref _partitionKeys[(int)index];
        if (entry.Text is null)
            entry = entry with { Text = Encoding.UTF8.GetString(message.Span.Slice(entry.Start, entry.Length)) };
        key = entry.Text;
        return true;
    }

    /// <summary>The explicit hash key at an index; no index gives no key.</summary>
    /// <returns>False when the table is shorter or the text is not a number from 0 to 2^128 - 1.</returns>
    internal bool TryGetExplicitHashKey(ulong? index, out UInt128? hashKey)
    {
        hashKey = null;
        if (index is not { } at)
            return true;
        if (at >= (ulong)_explicitHashKeyCount)
            return false;
        ref var entry = ref _explicitHashKeys[(int)at];
        if (entry.Value is null)
        {
            // KCL reads leading zeros and a plus sign too (java.math.BigInteger).
            var text = message.Span.Slice(entry.Start, entry.Length);
            if (text.Length > 1 && text[0] == '+')
                text = text[1..];
            if (!UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                return false;
            entry = entry with { Value = value };
        }

        hashKey = entry.Value;
        return true;
    }

    public void Dispose()
    {
        PooledArray.Release(ref _partitionKeys);
        PooledArray.Release(ref _explicitHashKeys);
    }

    private readonly record struct PartitionKey(int Start, int Length, string? Text);

    private readonly record struct ExplicitHashKey(int Start, int Length, UInt128? Value);
}
