using System.Buffers.Binary;

namespace KinesisClientNet.Fuzz;

/// <summary>Mutations that know nothing of the format.</summary>
internal sealed class ByteMutator
{
    private const int ChunkBytes = 64;

    /// <summary>How often an input is blown up, to look for time and memory out of proportion.</summary>
    private const int BlowUpOneIn = 20_000;

    private static readonly byte[] InterestingBytes = [0x00, 0x01, 0x02, 0x07, 0x08, 0x10, 0x1F, 0x20, 0x22, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x7F, 0x80, 0x81, 0xC0, 0xF6, 0xFE, 0xFF];

    private static readonly ulong[] InterestingNumbers =
        [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, long.MaxValue, 0x8000000000000000, ulong.MaxValue];

    private readonly byte[] _chunk = new byte[ChunkBytes];

    /// <summary>Changes an input in one to a few places.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another input, to take pieces from.</param>
    /// <param name="random">The source of choices.</param>
    internal void Mutate(FuzzInput input, ReadOnlySpan<byte> other, ref FuzzRandom random)
    {
        do
            MutateOnce(input, other, ref random);
        while (random.OneIn(2));
        if (random.OneIn(BlowUpOneIn))
            BlowUp(input, ref random);
    }

    private void MutateOnce(FuzzInput input, ReadOnlySpan<byte> other, ref FuzzRandom random)
    {
        var at = random.Below(input.Length);
        if (input.Length == 0)
        {
            input.Append(random.Byte());
            return;
        }

        switch (random.Below(12))
        {
            case 0 or 1:
                input.Span[at] ^= (byte)(1 << random.Below(8));
                break;
            case 2:
                input.Span[at] = random.Byte();
                break;
            case 3:
                input.Span[at] = random.Pick<byte>(InterestingBytes);
                break;
            case 4:
                input.Span[at] += (byte)(random.Below(9) - 4);
                break;
            case 5:
                input.Insert(at, [random.OneIn(2) ? random.Byte() : random.Pick<byte>(InterestingBytes)]);
                break;
            case 6:
                input.Remove(at, Math.Min(input.Length - at, 1 + random.Below(random.OneIn(4) ? 64 : 4)));
                break;
            case 7:
                input.Insert(at, Chunk(input.Span, ref random));
                break;
            case 8:
                input.Insert(at, Chunk(other, ref random));
                break;
            case 9:
                var chunk = Chunk(random.OneIn(2) ? input.Span : other, ref random);
                chunk[..Math.Min(chunk.Length, input.Length - at)].CopyTo(input.Span[at..]);
                break;
            case 10:
                WriteNumber(input.Span[at..], ref random);
                break;
            default:
                if (random.OneIn(4))
                    input.Remove(at, input.Length - at);
                else
                    input.Span.Slice(at, Math.Min(input.Length - at, random.Below(16))).Reverse();
                break;
        }
    }

    /// <summary>A piece, copied so that the source may move.</summary>
    private ReadOnlySpan<byte> Chunk(ReadOnlySpan<byte> from, ref FuzzRandom random)
    {
        if (from.IsEmpty)
            return [];
        var start = random.Below(from.Length);
        var piece = from.Slice(start, Math.Min(from.Length - start, 1 + random.Below(ChunkBytes)));
        piece.CopyTo(_chunk);
        return _chunk.AsSpan(0, piece.Length);
    }

    private static void WriteNumber(Span<byte> to, ref FuzzRandom random)
    {
        var number = random.Pick<ulong>(InterestingNumbers);
        Span<byte> bytes = stackalloc byte[8];
        if (random.OneIn(2))
            BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        var width = 1 << random.Below(4);
        bytes = random.OneIn(2) ? bytes[..width] : bytes[^width..];
        bytes[..Math.Min(width, to.Length)].CopyTo(to);
    }

    /// <summary>Repeats a piece until the input is large.</summary>
    private void BlowUp(FuzzInput input, ref FuzzRandom random)
    {
        var piece = Chunk(input.Span, ref random);
        for (var target = random.Below(FuzzInput.MaxBytes); input.Length < target && !piece.IsEmpty;)
            input.Append(piece);
    }
}
