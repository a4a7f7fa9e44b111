using System.Buffers.Binary;
using System.Text;

namespace KinesisClientNet.Fuzz.Bodies;

/// <summary>CBOR with indefinite lengths, chunks, tags and wider lengths than needed here and there.</summary>
internal sealed class CborBodyWriter : BodyWriter
{
    private const byte Break = 0xFF;
    private const int Map = 5;
    private const int Array = 4;
    private const int TextString = 3;
    private const int ByteString = 2;

    private readonly Stack<bool> _isIndefinite = new();

    internal override void StartObject(int members, ref FuzzRandom random) => Open(Map, members, ref random);

    internal override void StartList(int items, ref FuzzRandom random) => Open(Array, items, ref random);

    internal override void End()
    {
        if (_isIndefinite.Pop())
            Into.Append(Break);
    }

    internal override void Separate(bool isFirst)
    {
    }

    internal override void Name(string name, ref FuzzRandom random) => String(TextString, Encoding.UTF8.GetBytes(name), ref random);

    internal override void Text(ReadOnlySpan<byte> utf8, ref FuzzRandom random) => String(TextString, utf8, ref random);

    internal override void Bytes(ReadOnlySpan<byte> bytes, ref FuzzRandom random)
    {
        if (random.OneIn(8))
            String(TextString, Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes)), ref random);
        else
            String(ByteString, bytes, ref random);
    }

    internal override void Number(long number, ref FuzzRandom random) => Head(number < 0 ? 1 : 0, number < 0 ? ~(ulong)number : (ulong)number, ref random);

    internal override void Fraction(double number, ref FuzzRandom random)
    {
        if (random.OneIn(3))
            Into.Append(0xC1); // epoch time
        Span<byte> item = stackalloc byte[9];
        var width = 1 + random.Below(3);
        item[0] = (byte)(0xF8 + width);
        if (width == 1)
            BinaryPrimitives.WriteHalfBigEndian(item[1..], (Half)number);
        else if (width == 2)
            BinaryPrimitives.WriteSingleBigEndian(item[1..], (float)number);
        else
            BinaryPrimitives.WriteDoubleBigEndian(item[1..], number);
        Into.Append(item[..(1 + (1 << width))]);
    }

    internal override void Boolean(bool value) => Into.Append((byte)(value ? 0xF5 : 0xF4));

    internal override void Null() => Into.Append(0xF6);

    protected override void Reset() => _isIndefinite.Clear();

    private void Open(int major, int count, ref FuzzRandom random)
    {
        var isIndefinite = random.OneIn(4);
        _isIndefinite.Push(isIndefinite);
        if (isIndefinite)
            Into.Append((byte)((major << 5) | 31));
        else
            Head(major, (ulong)count, ref random);
    }

    private void String(int major, ReadOnlySpan<byte> bytes, ref FuzzRandom random)
    {
        if (!random.OneIn(16))
        {
            Head(major, (ulong)bytes.Length, ref random);
            Into.Append(bytes);
            return;
        }

        Into.Append((byte)((major << 5) | 31));
        while (!bytes.IsEmpty)
        {
            var chunk = bytes[..Math.Min(bytes.Length, 1 + random.Below(5))];
            Head(major, (ulong)chunk.Length, ref random);
            Into.Append(chunk);
            bytes = bytes[chunk.Length..];
        }

        Into.Append(Break);
    }

    private void Head(int major, ulong argument, ref FuzzRandom random)
    {
        if (random.OneIn(32))
            Into.Append([0xD9, 0xD9, 0xF7]); // self-described CBOR: a tag that changes nothing
        var needed = argument < 24 ? 0 : argument <= byte.MaxValue ? 1 : argument <= ushort.MaxValue ? 2 : argument <= uint.MaxValue ? 3 : 4;
        var width = random.OneIn(16) ? needed + random.Below(5 - needed) : needed;
        if (width == 0)
        {
            Into.Append((byte)((major << 5) | (int)argument));
            return;
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, argument);
        Into.Append((byte)((major << 5) | (23 + width)));
        Into.Append(bytes[^(1 << (width - 1))..]);
    }
}
