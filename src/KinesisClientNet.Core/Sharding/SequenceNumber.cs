using System.Text;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// A Kinesis sequence number: a decimal text that is compared as a number inside one shard. The 56 digits that the service issues are kept
/// as 192 bits, without a string; a longer number (the API allows 129 digits) keeps its text.
/// </summary>
/// <remarks>Immutable and thread-safe. The default value is the number 0. Never test contiguity: gaps between records are normal.</remarks>
public readonly struct SequenceNumber : IEquatable<SequenceNumber>, IComparable<SequenceNumber>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest text that the API allows (pattern of the SequenceNumber shape).</summary>
    private const int MaxDigits = 129;

    /// <summary>2^192 has 58 digits, so 57 digits always fit.</summary>
    private const int MaxPackedDigits = 57;

    private readonly ulong _high;
    private readonly ulong _middle;
    private readonly ulong _low;
    private readonly string? _long;

    private SequenceNumber(ulong high, ulong middle, ulong low, string? text) => (_high, _middle, _low, _long) = (high, middle, low, text);

    /// <summary>Makes a number from its 192 bits.</summary>
    /// <param name="high">Bits 128 to 191.</param>
    /// <param name="low">Bits 0 to 127.</param>
    /// <returns>The number.</returns>
    public static SequenceNumber FromBits(ulong high, UInt128 low) => new(high, (ulong)(low >> 64), (ulong)low, null);

    /// <summary>The number's 192 bits.</summary>
    /// <param name="high">Bits 128 to 191.</param>
    /// <param name="low">Bits 0 to 127.</param>
    /// <returns>False when the number is longer than 57 digits.</returns>
    internal bool TryGetBits(out ulong high, out UInt128 low)
    {
        (high, low) = (_high, new UInt128(_middle, _low));
        return _long is null;
    }

    /// <summary>Reads a decimal text of 1 to 129 digits; leading zeros do not count.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The number.</returns>
    /// <exception cref="FormatException">The text is empty, too long or holds something else than digits.</exception>
    public static SequenceNumber Parse(ReadOnlySpan<char> text) => TryParse(text, out var number)
        ? number
        : throw new FormatException($"'{(text.Length > 160 ? text[..160] : text)}' is not a sequence number: 1 to {MaxDigits} decimal digits are expected.");

    /// <summary>Reads a decimal text of 1 to 129 digits; leading zeros do not count.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number, or 0.</param>
    /// <returns>False when the text is not a number.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out SequenceNumber number)
    {
        number = default;
        if (text.IsEmpty || text.Length > MaxDigits)
            return false;
        Span<byte> digits = stackalloc byte[MaxDigits];
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
                return false;
            digits[i] = (byte)text[i];
        }

        return TryParse(digits[..text.Length], out number);
    }

    /// <summary>Reads a decimal UTF-8 text of 1 to 129 digits; leading zeros do not count.</summary>
    /// <param name="utf8Text">The text.</param>
    /// <param name="number">The number, or 0.</param>
    /// <returns>False when the text is not a number.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out SequenceNumber number)
    {
        number = default;
        if (utf8Text.IsEmpty || utf8Text.Length > MaxDigits || utf8Text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        var digits = utf8Text.TrimStart((byte)'0');
        if (digits.Length > MaxPackedDigits)
        {
            number = new(0, 0, 0, Encoding.ASCII.GetString(digits));
            return true;
        }

        ulong high = 0, middle = 0, low = 0;
        while (!digits.IsEmpty)
        {
            var take = Math.Min(18, digits.Length);
            ulong chunk = 0, scale = 1;
            foreach (var digit in digits[..take])
                (chunk, scale) = ((chunk * 10) + (ulong)(digit - '0'), scale * 10);
            var product = ((UInt128)low * scale) + chunk;
            low = (ulong)product;
            product = ((UInt128)middle * scale) + (ulong)(product >> 64);
            middle = (ulong)product;
            high = (high * scale) + (ulong)(product >> 64);
            digits = digits[take..];
        }

        number = new(high, middle, low, null);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(SequenceNumber other)
    {
        if (_long is not null || other._long is not null)
        {
            // A packed number has at most 57 digits, a kept text at least 58: the kept one is greater.
            if (_long is null || other._long is null)
                return _long is null ? -1 : 1;
            return _long.Length != other._long.Length ? _long.Length.CompareTo(other._long.Length) : string.CompareOrdinal(_long, other._long);
        }

        return _high != other._high ? _high.CompareTo(other._high)
            : _middle != other._middle ? _middle.CompareTo(other._middle)
            : _low.CompareTo(other._low);
    }

    /// <inheritdoc/>
    public bool Equals(SequenceNumber other) =>
        _high == other._high && _middle == other._middle && _low == other._low && string.Equals(_long, other._long, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SequenceNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _middle, _low, _long);

    /// <summary>The decimal text, without leading zeros.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        if (_long is not null)
            return _long;
        Span<char> text = stackalloc char[MaxDigits];
        TryFormat(text, out var written, default, null);
        return new string(text[..written]);
    }

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        Span<byte> utf8 = stackalloc byte[MaxDigits];
        TryFormat(utf8, out var digits, format, provider);
        charsWritten = 0;
        if (digits > destination.Length)
            return false;
        charsWritten = Encoding.ASCII.GetChars(utf8[..digits], destination);
        return true;
    }

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        bytesWritten = 0;
        if (_long is not null)
            return Encoding.ASCII.TryGetBytes(_long, utf8Destination, out bytesWritten);

        const ulong Chunk = 10_000_000_000_000_000_000; // 10^19, the largest power of ten in 64 bits
        Span<byte> digits = stackalloc byte[64];
        var position = digits.Length;
        ulong high = _high, middle = _middle, low = _low;
        do
        {
            (high, var remainder) = Math.DivRem(high, Chunk);
            var next = ((UInt128)remainder << 64) | middle;
            middle = (ulong)(next / Chunk);
            next = ((next % Chunk) << 64) | low;
            low = (ulong)(next / Chunk);
            var chunk = (ulong)(next % Chunk);
            var isLast = (high | middle | low) == 0;
            for (var i = 0; isLast ? chunk != 0 : i < 19; i++)
                (chunk, digits[--position]) = (chunk / 10, (byte)('0' + (chunk % 10)));
        }
        while ((high | middle | low) != 0);

        if (position == digits.Length)
            digits[--position] = (byte)'0';
        if (!digits[position..].TryCopyTo(utf8Destination))
            return false;
        bytesWritten = digits.Length - position;
        return true;
    }

    /// <summary>Whether the two numbers are equal.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when equal.</returns>
    public static bool operator ==(SequenceNumber left, SequenceNumber right) => left.Equals(right);

    /// <summary>Whether the two numbers differ.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when they differ.</returns>
    public static bool operator !=(SequenceNumber left, SequenceNumber right) => !left.Equals(right);

    /// <summary>Whether the first number is less.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when less.</returns>
    public static bool operator <(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) < 0;

    /// <summary>Whether the first number is greater.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when greater.</returns>
    public static bool operator >(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) > 0;

    /// <summary>Whether the first number is less or equal.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when less or equal.</returns>
    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the first number is greater or equal.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when greater or equal.</returns>
    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) >= 0;
}
