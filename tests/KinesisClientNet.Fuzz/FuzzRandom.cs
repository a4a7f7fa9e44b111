namespace KinesisClientNet.Fuzz;

/// <summary>A small seeded generator (splitmix64): an iteration must not pay for a System.Random.</summary>
internal struct FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to below the bound; 0 for a bound of 0.</summary>
    internal int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    internal bool OneIn(int chances) => Below(chances) == 0;

    internal byte Byte() => (byte)Next();

    internal T Pick<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];
}
