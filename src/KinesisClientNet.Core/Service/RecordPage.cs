using System.Text;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service;

/// <summary>Collects the records of one page while it is read. Neighbours of one partition key share its string.</summary>
internal ref struct RecordPage
{
    /// <summary>The service's limit on a page; a server that claims more grows the list as it really delivers.</summary>
    private const int MostExpected = 10_000;

    private List<KinesisRecord>? _records;
    private ReadOnlySpan<byte> _lastKeyUtf8;
    private string? _lastKey;

    /// <summary>The records. An answer without a list of records is refused: it would look like a shard's end.</summary>
    public readonly IReadOnlyList<KinesisRecord> Records => _records ?? throw new FormatException("it holds no list of records");

    /// <summary>Starts the list.</summary>
    /// <param name="expected">How many records the answer has room for; -1 when nobody knows.</param>
    public void Start(int expected) => _records = new(Math.Clamp(expected, 0, MostExpected));

    /// <summary>The string of a key.</summary>
    public string Key(ReadOnlySpan<byte> utf8)
    {
        if (_lastKey is null || !utf8.SequenceEqual(_lastKeyUtf8))
        {
            _lastKey = Encoding.UTF8.GetString(utf8);
            _lastKeyUtf8 = utf8;
        }

        return _lastKey;
    }

    public void Add(SequenceNumber? number, DateTimeOffset? arrival, ReadOnlyMemory<byte>? data, string? key, string? encryption)
    {
        if (number is not { } sequenceNumber || data is not { } payload)
            throw new FormatException("a record has no sequence number or no data");
        (_records ??= []).Add(new(sequenceNumber, arrival ?? default, payload, key, encryption));
    }
}
