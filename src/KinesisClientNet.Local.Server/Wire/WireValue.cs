namespace KinesisClientNet.Local.Server.Wire;

/// <summary>What a request's value is on the wire, before it is known what it should be.</summary>
internal enum WireKind
{
    Null,
    Boolean,
    Number,
    Text,
    Bytes,
    List,
    Map,
}

/// <summary>
/// A value of a request body, the same for both formats. Only small requests are read this way; PutRecords has its own readers and
/// comes here when something is odd about it, for the exact refusal.
/// </summary>
internal sealed class WireValue
{
    public static WireValue Null { get; } = new(WireKind.Null);

    private WireValue(WireKind kind) => Kind = kind;

    public WireKind Kind { get; }

    public bool Boolean { get; private init; }

    public double Number { get; private init; }

    public string Text { get; private init; } = "";

    /// <summary>A CBOR byte string, or the content of a base64 text once <see cref="Shapes.TypeCheck"/> has seen that a blob is expected.</summary>
    public ReadOnlyMemory<byte> Bytes { get; set; }

    public IReadOnlyList<WireValue> Items { get; private init; } = [];

    /// <summary>The members of a map; the last one wins where a name is repeated.</summary>
    public IReadOnlyDictionary<string, WireValue> Members { get; private init; } = System.Collections.Frozen.FrozenDictionary<string, WireValue>.Empty;

    public static WireValue Of(bool value) => new(WireKind.Boolean) { Boolean = value };

    public static WireValue Of(double value) => new(WireKind.Number) { Number = value };

    public static WireValue Of(string value) => new(WireKind.Text) { Text = value };

    public static WireValue Of(byte[] value) => new(WireKind.Bytes) { Bytes = value };

    public static WireValue Of(List<WireValue> items) => new(WireKind.List) { Items = items };

    public static WireValue Of(Dictionary<string, WireValue> members) => new(WireKind.Map) { Members = members };
}
