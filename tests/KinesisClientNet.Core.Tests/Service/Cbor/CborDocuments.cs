using System.Formats.Cbor;
using CsCheck;

namespace KinesisClientNet.Core.Tests.Service.Cbor;

/// <summary>Random CBOR documents, written by the library that judges ours.</summary>
internal static class CborDocuments
{
    /// <summary>A value of any kind, nested a few levels, with definite or indefinite lengths.</summary>
    public static readonly Gen<byte[]> Any =
        from seed in Gen.Int
        from depth in Gen.Int[0, 4]
        select Write(new Random(seed), depth);

    private static byte[] Write(Random random, int depth)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        WriteValue(writer, random, depth);
        return writer.Encode();
    }

    private static void WriteValue(CborWriter writer, Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 12 : 9))
        {
            case 0: writer.WriteInt64(random.NextInt64(long.MinValue, long.MaxValue)); break;
            case 1: writer.WriteUInt64((ulong)random.Next(30)); break;
            case 2: writer.WriteTextString(new string('x', random.Next(300))); break;
            case 3: writer.WriteByteString(new byte[random.Next(70_000)]); break;
            case 4: writer.WriteDouble(random.NextDouble() * 1e12); break;
            case 5: writer.WriteBoolean(random.Next(2) == 0); break;
            case 6: writer.WriteNull(); break;
            case 7:
                writer.WriteTag(CborTag.UnixTimeSeconds);
                writer.WriteInt64(random.NextInt64());
                break;
            case 8: WriteChunks(writer, random); break;
            case 9: WriteArray(writer, random, depth); break;
            default: WriteMap(writer, random, depth); break;
        }
    }

    private static void WriteChunks(CborWriter writer, Random random)
    {
        writer.WriteStartIndefiniteLengthTextString();
        for (var i = random.Next(4); i > 0; i--)
            writer.WriteTextString(new string('c', random.Next(40)));
        writer.WriteEndIndefiniteLengthTextString();
    }

    private static void WriteArray(CborWriter writer, Random random, int depth)
    {
        var count = random.Next(5);
        writer.WriteStartArray(random.Next(2) == 0 ? count : null);
        for (var i = 0; i < count; i++)
            WriteValue(writer, random, depth - 1);
        writer.WriteEndArray();
    }

    private static void WriteMap(CborWriter writer, Random random, int depth)
    {
        var count = random.Next(5);
        writer.WriteStartMap(random.Next(2) == 0 ? count : null);
        for (var i = 0; i < count; i++)
        {
            writer.WriteTextString("member" + i);
            WriteValue(writer, random, depth - 1);
        }

        writer.WriteEndMap();
    }
}
