using System.Globalization;
using System.Text;

namespace KinesisClientNet.Fuzz.Bodies;

/// <summary>Makes answers of a shape: mostly right, with members missing, repeated, null, unknown or of another kind here and there.</summary>
internal sealed class BodyGenerator(BodyWriter writer)
{
    private const int MaxDepth = 12;
    private static readonly string[] Words = ["", "a", "shardId-000000000001", "shardId-000000000002", "KMS", "NONE", "ACTIVE", "é", "x\u0000y", "\"\\", "ProvisionedThroughputExceededException", "arn:aws:kinesis:eu-west-1:000000000000:stream/s"];
    private static readonly string[] Numbers = ["0", "7", "007", "49600871682957036442365024926191073437251060580128653314", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456", "-1", ""];
    private static readonly double[] Times = [0, 1.7e9, 1.7e12, 1700000000.123, -1, 1e300, double.NaN, double.PositiveInfinity, 253402300799.9995, -62135596800.0];
    private static readonly long[] Integers = [0, 1, 23, 24, 255, 256, 65535, 65536, int.MaxValue, (long)int.MaxValue + 1, long.MaxValue, -1, long.MinValue];

    internal void Write(FuzzInput into, BodyShape shape, ref FuzzRandom random)
    {
        writer.Begin(into);
        Value(shape, 0, ref random);
    }

    private void Value(BodyShape shape, int depth, ref FuzzRandom random)
    {
        if (random.OneIn(64))
            writer.Null();
        else if (random.OneIn(64))
            Simple((BodyKind)random.Below((int)BodyKind.List), ref random);
        else if (shape.Kind == BodyKind.Object)
            Object(shape, depth, ref random);
        else if (shape.Kind == BodyKind.List)
            List(shape, depth, ref random);
        else
            Simple(shape.Kind, ref random);
    }

    private void Object(BodyShape shape, int depth, ref FuzzRandom random)
    {
        // The number of members goes in front in CBOR: decide first which there are.
        Span<int> chosen = stackalloc int[32];
        var count = 0;
        for (var i = 0; i < shape.Members.Count; i++)
        {
            for (var copies = random.OneIn(12) ? 0 : random.OneIn(24) ? 2 : 1; copies > 0 && count < chosen.Length; copies--)
                chosen[count++] = i;
        }

        if (random.OneIn(16) && count < chosen.Length)
            chosen[count++] = -1;
        writer.StartObject(count, ref random);
        for (var i = 0; i < count; i++)
        {
            writer.Separate(i == 0);
            if (chosen[i] < 0)
            {
                writer.Name("Unknown", ref random);
                Anything(depth + 1, ref random);
                continue;
            }

            var (name, member) = shape.Members[chosen[i]];
            writer.Name(name, ref random);
            Value(member, depth + 1, ref random);
        }

        writer.End();
    }

    private void List(BodyShape shape, int depth, ref FuzzRandom random)
    {
        var count = random.Below(4);
        writer.StartList(count, ref random);
        for (var i = 0; i < count; i++)
        {
            writer.Separate(i == 0);
            Value(shape.Item!, depth + 1, ref random);
        }

        writer.End();
    }

    private void Anything(int depth, ref FuzzRandom random)
    {
        if (depth > MaxDepth || random.OneIn(2))
        {
            Simple((BodyKind)random.Below((int)BodyKind.List), ref random);
            return;
        }

        var isObject = random.OneIn(2);
        var count = random.Below(3);
        if (isObject)
            writer.StartObject(count, ref random);
        else
            writer.StartList(count, ref random);
        for (var i = 0; i < count; i++)
        {
            writer.Separate(i == 0);
            if (isObject)
                writer.Name(random.Pick<string>(Words), ref random);
            Anything(depth + 1, ref random);
        }

        writer.End();
    }

    private void Simple(BodyKind kind, ref FuzzRandom random)
    {
        switch (kind)
        {
            case BodyKind.SequenceNumber or BodyKind.HashKey:
                var digits = random.OneIn(8) ? random.Pick<string>(Numbers) : random.Below(int.MaxValue).ToString(CultureInfo.InvariantCulture);
                writer.Text(Encoding.UTF8.GetBytes(digits), ref random);
                break;
            case BodyKind.Bytes:
                Span<byte> bytes = stackalloc byte[random.Below(24)];
                bytes.Fill(random.Byte());
                writer.Bytes(bytes, ref random);
                break;
            case BodyKind.Time:
                writer.Fraction(random.Pick<double>(Times), ref random);
                break;
            case BodyKind.Number:
                writer.Number(random.OneIn(2) ? random.Pick<long>(Integers) : random.Below(1000), ref random);
                break;
            case BodyKind.Boolean:
                writer.Boolean(random.OneIn(2));
                break;
            default:
                writer.Text(Encoding.UTF8.GetBytes(random.Pick<string>(Words)), ref random);
                break;
        }
    }
}
