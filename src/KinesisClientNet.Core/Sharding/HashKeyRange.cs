namespace KinesisClientNet.Core.Sharding;

/// <summary>A closed interval of the 128-bit hash space: both ends belong to it.</summary>
/// <param name="Start">First hash key.</param>
/// <param name="End">Last hash key, not below <paramref name="Start"/>.</param>
public readonly record struct HashKeyRange(UInt128 Start, UInt128 End)
{
    /// <summary>The whole hash space, 0 to 2^128 - 1.</summary>
    public static HashKeyRange Full => new(UInt128.MinValue, UInt128.MaxValue);

    /// <summary>
    /// Cuts the hash space as the service does for a new stream: every range is floor(2^128 / count) wide and the last one takes the rest.
    /// A stream that was resharded has uneven ranges: never assume these.
    /// </summary>
    /// <param name="count">How many ranges, 1 or more.</param>
    /// <returns>The ranges in order; they cover the whole space without gap or overlap.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static HashKeyRange[] SplitEvenly(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (count == 1)
            return [Full];

        // 2^128 does not fit: divide 2^128 - 1 and correct when the division of 2^128 itself would give one more.
        var (width, rest) = UInt128.DivRem(UInt128.MaxValue, (UInt128)count);
        if (rest == (UInt128)count - 1)
            width++;
        var ranges = new HashKeyRange[count];
        for (var i = 0; i < count; i++)
            ranges[i] = new(width * (UInt128)i, i == count - 1 ? UInt128.MaxValue : (width * (UInt128)(i + 1)) - 1);
        return ranges;
    }

    /// <summary>Whether the hash key lies in the range.</summary>
    /// <param name="hashKey">A hash key.</param>
    /// <returns>True inside, both ends included.</returns>
    public bool Contains(UInt128 hashKey) => hashKey >= Start && hashKey <= End;

    /// <summary>Whether the two ranges share a hash key.</summary>
    /// <param name="other">Another range.</param>
    /// <returns>True when they share at least one.</returns>
    public bool Overlaps(HashKeyRange other) => Start <= other.End && other.Start <= End;

    /// <summary>Both ends in decimal: for messages.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Start}..{End}";
}
