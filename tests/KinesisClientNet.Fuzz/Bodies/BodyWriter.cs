namespace KinesisClientNet.Fuzz.Bodies;

/// <summary>Writes values in one of the wire's dialects, with the liberties that the dialect leaves.</summary>
internal abstract class BodyWriter
{
    protected FuzzInput Into { get; private set; } = new();

    internal void Begin(FuzzInput into)
    {
        Into = into;
        Reset();
    }

    internal abstract void StartObject(int members, ref FuzzRandom random);

    internal abstract void StartList(int items, ref FuzzRandom random);

    internal abstract void End();

    /// <summary>Between the members or items of a container.</summary>
    internal abstract void Separate(bool isFirst);

    internal abstract void Name(string name, ref FuzzRandom random);

    internal abstract void Text(ReadOnlySpan<byte> utf8, ref FuzzRandom random);

    internal abstract void Bytes(ReadOnlySpan<byte> bytes, ref FuzzRandom random);

    internal abstract void Number(long number, ref FuzzRandom random);

    internal abstract void Fraction(double number, ref FuzzRandom random);

    internal abstract void Boolean(bool value);

    internal abstract void Null();

    protected virtual void Reset()
    {
    }
}
