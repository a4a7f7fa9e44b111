namespace KinesisClientNet.Fuzz;

/// <summary>Something that reads bytes from anybody. One instance per thread.</summary>
internal abstract class FuzzTarget
{
    /// <summary>The name on the command line and of the corpus folder.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes a valid input, or one with a plausible structure.</summary>
    internal abstract void Generate(FuzzInput input, ref FuzzRandom random);

    /// <summary>Mutates knowing the format: fields, lengths, names. By default not at all.</summary>
    /// <returns>False when it did nothing and plain byte mutation should.</returns>
    internal virtual bool TryMutate(FuzzInput input, ref FuzzRandom random) => false;

    /// <summary>Puts checksums right, so that most mutants get past them.</summary>
    internal virtual void Repair(FuzzInput input)
    {
    }

    /// <summary>Reads the input and checks what must hold; any exception that <see cref="IsDocumented"/> refuses is a crash.</summary>
    /// <param name="input">The input.</param>
    /// <returns>A number that tells kinds of outcome apart: an input with a new one is kept for further mutation.</returns>
    internal abstract int Read(ReadOnlyMemory<byte> input);

    /// <summary>Whether the reader may throw this at input that is wrong.</summary>
    internal abstract bool IsDocumented(Exception error);

    /// <summary>Another instance for another thread.</summary>
    internal abstract FuzzTarget Fresh();

    /// <summary>Ends the iteration as a crash.</summary>
    protected static void Require(bool holds, string what)
    {
        if (!holds)
            throw new FuzzViolationException(what);
    }
}

/// <summary>The reader returned, but broke a promise.</summary>
internal sealed class FuzzViolationException(string message) : Exception(message);
