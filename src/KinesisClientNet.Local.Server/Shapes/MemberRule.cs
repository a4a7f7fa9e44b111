namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>What a member of a request should be.</summary>
internal enum MemberKind
{
    Text,
    Integer,
    Boolean,
    Blob,
    Timestamp,
    List,
    TextMap,
    Structure,
}

/// <summary>A member of a request shape with its constraints (Kinesis API reference, "Request Parameters" of each operation).</summary>
/// <param name="Name">As the model spells it.</param>
/// <param name="Kind">Its type.</param>
internal sealed record MemberRule(string Name, MemberKind Kind)
{
    public bool IsRequired { get; init; }

    /// <summary>Least value, length or count.</summary>
    public long? Least { get; init; }

    /// <summary>Greatest value, length or count.</summary>
    public long? Most { get; init; }

    public TextPattern? Pattern { get; init; }

    /// <summary>The values of an enumeration; empty for any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The elements of a list.</summary>
    public MemberRule? Element { get; init; }

    /// <summary>The members of a structure.</summary>
    public IReadOnlyList<MemberRule> Members { get; init; } = [];

    public MemberRule Required() => this with { IsRequired = true };
}
