using System.Buffers.Binary;
using System.Text;

namespace KinesisClientNet.Core.Service.Cbor;

/// <summary>
/// Reads CBOR (RFC 8949) from untrusted memory: definite and indefinite lengths, tags and nulls are taken, everything is bounds-checked, and
/// nothing is allocated by a length that the input merely claims. Every fault is a <see cref="FormatException"/>.
/// </summary>
internal ref struct CborSpanReader(ReadOnlySpan<byte> input)
{
    private const int MaxDepth = 32;
    private const byte Break = 0xFF;

    private readonly ReadOnlySpan<byte> _input = input;
    private int _position;

    /// <summary>How far the input is read.</summary>
    public readonly int Position => _position;

    public readonly int Remaining => _input.Length - _position;

    /// <summary>A container that is being read: how many items are left, or -1 when a break ends it.</summary>
    public struct Container
    {
        public int Remaining;
    }

    /// <summary>The kind of the next item, behind its tags.</summary>
    public readonly CborMajor PeekMajor()
    {
        var copy = this;
        copy.SkipTags();
        return (CborMajor)(copy.PeekByte() >> 5);
    }

    /// <summary>Reads a null or undefined, if it is next.</summary>
    public bool TryReadNull()
    {
        if (PeekByte() is not (0xF6 or 0xF7))
            return false;
        _position++;
        return true;
    }

    public Container ReadMapStart() => ReadContainer(CborMajor.Map, 2);

    public Container ReadArrayStart() => ReadContainer(CborMajor.Array, 1);

    /// <summary>Moves to the next item of an array or key of a map; false at its end, which is read too.</summary>
    public bool MoveNext(ref Container container)
    {
        if (container.Remaining < 0)
        {
            if (PeekByte() != Break)
                return true;
            _position++;
            return false;
        }

        return container.Remaining-- > 0;
    }

    public bool ReadBoolean()
    {
        SkipTags();
        return ReadByte() switch
        {
            0xF5 => true,
            0xF4 => false,
            _ => throw Malformed("a boolean"),
        };
    }

    /// <summary>Reads an integer; a float is cut to one, as the service does with fractions.</summary>
    public long ReadInt64()
    {
        SkipTags();
        var argument = PeekByte() & 31;
        switch ((CborMajor)(PeekByte() >> 5))
        {
            case CborMajor.Unsigned:
                _position++;
                return ReadArgument(argument) is <= long.MaxValue and var positive ? (long)positive : throw Malformed("a 64-bit integer");
            case CborMajor.Negative:
                _position++;
                return ReadArgument(argument) is <= long.MaxValue and var negative ? ~(long)negative : throw Malformed("a 64-bit integer");
            default:
                var value = ReadNumber();
                return value is >= -9.2233720368547758E+18 and < 9.2233720368547758E+18 ? (long)value : throw Malformed("a 64-bit integer");
        }
    }

    public int ReadInt32() => ReadInt64() is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Malformed("a 32-bit integer");

    /// <summary>Reads an integer, a tagged integer or a float.</summary>
    public double ReadNumber()
    {
        SkipTags();
        var initial = ReadByte();
        var argument = initial & 31;
        switch ((CborMajor)(initial >> 5))
        {
            case CborMajor.Unsigned:
                return ReadArgument(argument);
            case CborMajor.Negative:
                return -1.0 - ReadArgument(argument);
            case CborMajor.Simple when argument == 25:
                return (double)BinaryPrimitives.ReadHalfBigEndian(Take(2));
            case CborMajor.Simple when argument == 26:
                return BinaryPrimitives.ReadSingleBigEndian(Take(4));
            case CborMajor.Simple when argument == 27:
                return BinaryPrimitives.ReadDoubleBigEndian(Take(8));
            default:
                throw Malformed("a number");
        }
    }

    /// <summary>Reads a text; a text in chunks is joined in new memory.</summary>
    public ReadOnlySpan<byte> ReadText() => ReadString(CborMajor.Text, out _);

    /// <summary>Reads a byte string; one in chunks is joined in new memory.</summary>
    public ReadOnlySpan<byte> ReadBytes() => ReadString(CborMajor.Bytes, out _);

    /// <summary>Reads a byte or text string and says where it stands in the input; a string in chunks stands at -1 and only in the result.</summary>
    public ReadOnlySpan<byte> ReadString(CborMajor major, out int offset)
    {
        SkipTags();
        var initial = ReadByte();
        if ((CborMajor)(initial >> 5) != major)
            throw Malformed(major == CborMajor.Text ? "a text" : "a byte string");
        if ((initial & 31) == 31)
        {
            offset = -1;
            return ReadChunks(major);
        }

        var length = ReadLength(initial & 31);
        offset = _position;
        return Take(length);
    }

    public string ReadTextAsString() => Encoding.UTF8.GetString(ReadText());

    /// <summary>Reads past the next item, whatever it is.</summary>
    public void Skip() => Skip(MaxDepth);

    private void Skip(int depth)
    {
        if (depth == 0)
            throw new FormatException($"CBOR nested deeper than {MaxDepth} at byte {_position}.");
        SkipTags();
        var initial = PeekByte();
        var major = (CborMajor)(initial >> 5);
        switch (major)
        {
            case CborMajor.Bytes or CborMajor.Text:
                ReadString(major, out _);
                break;
            case CborMajor.Array or CborMajor.Map:
                var container = ReadContainer(major, major == CborMajor.Map ? 2 : 1);
                while (MoveNext(ref container))
                {
                    Skip(depth - 1);
                    if (major == CborMajor.Map)
                        Skip(depth - 1);
                }

                break;
            default:
                _position++;
                if ((initial & 31) == 31)
                    throw Malformed("an item");
                ReadArgument(initial & 31);
                break;
        }
    }

    private Container ReadContainer(CborMajor major, int itemsPerEntry)
    {
        SkipTags();
        var initial = ReadByte();
        if ((CborMajor)(initial >> 5) != major)
            throw Malformed(major == CborMajor.Map ? "a map" : "an array");
        if ((initial & 31) == 31)
            return new() { Remaining = -1 };
        var count = ReadArgument(initial & 31);
        // Each item takes a byte at least: a larger count is a lie.
        return count <= (ulong)(Remaining / itemsPerEntry) ? new() { Remaining = (int)count } : throw Malformed("so many items");
    }

    private ReadOnlySpan<byte> ReadChunks(CborMajor major)
    {
        var scan = this;
        var total = 0;
        while (scan.PeekByte() != Break)
            total += scan.ReadChunk(major).Length;
        var joined = new byte[total];
        var written = 0;
        while (PeekByte() != Break)
        {
            var chunk = ReadChunk(major);
            chunk.CopyTo(joined.AsSpan(written));
            written += chunk.Length;
        }

        _position++;
        return joined;
    }

    private ReadOnlySpan<byte> ReadChunk(CborMajor major)
    {
        var initial = ReadByte();
        if ((CborMajor)(initial >> 5) != major || (initial & 31) == 31)
            throw Malformed("a chunk of definite length");
        return Take(ReadLength(initial & 31));
    }

    private void SkipTags()
    {
        while ((CborMajor)(PeekByte() >> 5) == CborMajor.Tag)
            ReadArgument(ReadByte() & 31);
    }

    private int ReadLength(int argument)
    {
        var length = ReadArgument(argument);
        return length <= (ulong)Remaining ? (int)length : throw Malformed("so long a string");
    }

    private ulong ReadArgument(int argument) => argument switch
    {
        < 24 => (ulong)argument,
        24 => ReadByte(),
        25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        27 => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        _ => throw Malformed("a length"),
    };

    private readonly byte PeekByte() => _position < _input.Length ? _input[_position] : throw Malformed("more input");

    private byte ReadByte()
    {
        var value = PeekByte();
        _position++;
        return value;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > Remaining)
            throw Malformed("more input");
        var taken = _input.Slice(_position, length);
        _position += length;
        return taken;
    }

    private readonly FormatException Malformed(string expected) => new($"CBOR at byte {_position}: expected {expected}.");
}
