namespace KinesisClientNet.Core.Sharding;

/// <summary>A closed interval of the 128-bit hash space: both ends belong to it.</summary>
/// <param name="Start">First hash key.</param>
/// <param name="End">Last hash key, not below <paramref name="Start"/>.</param>
public readonly record struct HashKeyRange(UInt128 Start, UInt128 End)
{
    /// <summary>The whole hash space, 0 to 2^128 - 1.</summary>
    public static HashKeyRange Full => new(UInt128.MinValue, UInt128.MaxValue);

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
