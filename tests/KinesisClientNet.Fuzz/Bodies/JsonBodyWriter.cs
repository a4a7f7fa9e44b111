using System.Globalization;
using System.Text;

namespace KinesisClientNet.Fuzz.Bodies;

/// <summary>JSON with white space and escapes here and there.</summary>
internal sealed class JsonBodyWriter : BodyWriter
{
    private readonly Stack<byte> _ends = new();

    internal override void StartObject(int members, ref FuzzRandom random) => Open('{', '}');

    internal override void StartList(int items, ref FuzzRandom random) => Open('[', ']');

    internal override void End() => Into.Append(_ends.Pop());

    internal override void Separate(bool isFirst)
    {
        if (!isFirst)
            Into.Append(","u8);
    }

    internal override void Name(string name, ref FuzzRandom random)
    {
        Text(Encoding.UTF8.GetBytes(name), ref random);
        Into.Append(random.OneIn(8) ? " : "u8 : ":"u8);
    }

    internal override void Text(ReadOnlySpan<byte> utf8, ref FuzzRandom random)
    {
        var escapes = random.OneIn(8);
        Into.Append("\""u8);
        foreach (var letter in utf8)
        {
            if (letter is (byte)'"' or (byte)'\\' or < 0x20 || (escapes && letter < 0x80 && random.OneIn(2)))
                Into.Append(Encoding.ASCII.GetBytes($"\\u{(int)letter:x4}"));
            else
                Into.Append(letter);
        }

        Into.Append("\""u8);
    }

    internal override void Bytes(ReadOnlySpan<byte> bytes, ref FuzzRandom random) => Text(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes)), ref random);

    internal override void Number(long number, ref FuzzRandom random) => Into.Append(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    internal override void Fraction(double number, ref FuzzRandom random) =>
        Into.Append(Encoding.ASCII.GetBytes(number.ToString(random.OneIn(2) ? "R" : "E3", CultureInfo.InvariantCulture)));

    internal override void Boolean(bool value) => Into.Append(value ? "true"u8 : "false"u8);

    internal override void Null() => Into.Append("null"u8);

    protected override void Reset() => _ends.Clear();

    private void Open(char start, char end)
    {
        Into.Append((byte)start);
        _ends.Push((byte)end);
    }
}
