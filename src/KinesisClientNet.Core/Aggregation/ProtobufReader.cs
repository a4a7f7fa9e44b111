namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// Walks a protobuf message that may come from anybody: every step either succeeds within the bytes or says no. Accepts and refuses what
/// Google's parsers do: unknown fields, groups and over-long varints are fine; field number 0, wire types 6 and 7 and a stray end of group are not.
/// </summary>
internal ref struct ProtobufReader
{
    private const int MaxVarintBytes = 10;

    /// <summary>Google's limit on nesting.</summary>
    private const int MaxDepth = 100;

    private const int WireTypeMask = 7;

    private readonly ReadOnlySpan<byte> _message;

    internal ProtobufReader(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The next byte's place.</summary>
    internal int Position { get; private set; }

    internal readonly bool IsAtEnd => Position == _message.Length;

    /// <summary>Reads a field's tag.</summary>
    internal bool TryReadTag(out uint tag)
    {
        // Most tags are one byte.
        if (Position < _message.Length && _message[Position] < 0x80)
        {
            tag = _message[Position++];
            return tag >> 3 != 0;
        }

        var isRead = TryReadVarint(out var value);
        tag = (uint)value; // longer tags lose their upper bits, as in Google's parsers
        return isRead && tag >> 3 != 0;
    }

    /// <summary>Reads a varint of up to ten bytes.</summary>
    internal bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < MaxVarintBytes && Position < _message.Length; i++)
        {
            var next = _message[Position++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return true;
        }

        return false;
    }

    /// <summary>Reads the length of a field and steps over the field.</summary>
    /// <param name="start">Where the field's bytes start.</param>
    /// <param name="length">How many they are; never more than there are left.</param>
    internal bool TryReadSlice(out int start, out int length)
    {
        length = 0;
        var isRead = TryReadVarint(out var claimed);
        start = Position;
        if (!isRead || (uint)claimed > (uint)(_message.Length - Position))
            return false;
        length = (int)claimed;
        Position += length;
        return true;
    }

    /// <summary>Steps over the value of a field.</summary>
    /// <param name="tag">The field's tag.</param>
    internal bool TrySkip(uint tag) => TrySkip(tag, 0);

    private bool TrySkip(uint tag, int depth) => (tag & WireTypeMask) switch
    {
        0 => TryReadVarint(out _),
        1 => TryAdvance(8),
        2 => TryReadSlice(out _, out _),
        3 => depth < MaxDepth && TrySkipGroup(tag >> 3, depth + 1),
        5 => TryAdvance(4),
        _ => false,
    };

    private bool TrySkipGroup(uint field, int depth)
    {
        while (TryReadTag(out var tag))
        {
            if ((tag & WireTypeMask) == 4)
                return tag >> 3 == field;
            if (!TrySkip(tag, depth))
                return false;
        }

        return false;
    }

    private bool TryAdvance(int bytes)
    {
        if (bytes > _message.Length - Position)
            return false;
        Position += bytes;
        return true;
    }
}
