using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KinesisClientNet.Core.Sharding;

/// <summary>MD5's steps on sixteen messages, one per 32-bit lane of a 512-bit vector (AVX-512).</summary>
internal readonly struct Md5Lanes16 : IMd5Lanes<Vector512<uint>>
{
    public static int Count => Vector512<uint>.Count;

    public static Vector512<uint> Create(uint word) => Vector512.Create(word);

    public static Vector512<uint> With(Vector512<uint> vector, int lane, uint word) => vector.WithElement(lane, word);

    public static void Store(Vector512<uint> vector, ref uint words) => vector.StoreUnsafe(ref words);

    public static void Load(in Md5Rows rows, nuint offset, ref Md5Words<Vector512<uint>> words)
    {
        // Each row is a whole block. Transpose within 128 bits, then the four 128-bit parts among each other.
        var a = Quads(Row(ref rows.Row0), Row(ref rows.Row1), Row(ref rows.Row2), Row(ref rows.Row3));
        var b = Quads(Row(ref rows.Row4), Row(ref rows.Row5), Row(ref rows.Row6), Row(ref rows.Row7));
        var c = Quads(Row(ref rows.Row8), Row(ref rows.Row9), Row(ref rows.Row10), Row(ref rows.Row11));
        var d = Quads(Row(ref rows.Row12), Row(ref rows.Row13), Row(ref rows.Row14), Row(ref rows.Row15));
        Spread(a.W0, b.W0, c.W0, d.W0, ref words[0]);
        Spread(a.W1, b.W1, c.W1, d.W1, ref words[1]);
        Spread(a.W2, b.W2, c.W2, d.W2, ref words[2]);
        Spread(a.W3, b.W3, c.W3, d.W3, ref words[3]);

        Vector512<uint> Row(ref byte row) => Vector512.LoadUnsafe(ref row, offset).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> W0, Vector512<uint> W1, Vector512<uint> W2, Vector512<uint> W3) Quads(
        Vector512<uint> r0, Vector512<uint> r1, Vector512<uint> r2, Vector512<uint> r3)
    {
        var low01 = Avx512F.UnpackLow(r0, r1).AsUInt64();
        var high01 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
        var low23 = Avx512F.UnpackLow(r2, r3).AsUInt64();
        var high23 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
        return (Avx512F.UnpackLow(low01, low23).AsUInt32(), Avx512F.UnpackHigh(low01, low23).AsUInt32(),
            Avx512F.UnpackLow(high01, high23).AsUInt32(), Avx512F.UnpackHigh(high01, high23).AsUInt32());
    }

    /// <summary>Part k of each of the four goes into the word 4 * k further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, ref Vector512<uint> words)
    {
        var lowAb = Avx512F.Shuffle4x128(a, b, 0x44);
        var lowCd = Avx512F.Shuffle4x128(c, d, 0x44);
        var highAb = Avx512F.Shuffle4x128(a, b, 0xEE);
        var highCd = Avx512F.Shuffle4x128(c, d, 0xEE);
        words = Avx512F.Shuffle4x128(lowAb, lowCd, 0x88);
        Unsafe.Add(ref words, 4) = Avx512F.Shuffle4x128(lowAb, lowCd, 0xDD);
        Unsafe.Add(ref words, 8) = Avx512F.Shuffle4x128(highAb, highCd, 0x88);
        Unsafe.Add(ref words, 12) = Avx512F.Shuffle4x128(highAb, highCd, 0xDD);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> FirstStep(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector512.Create(sine)) + (Vector512.ConditionalSelect(b, c, d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> SecondStep(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector512.Create(sine)) + (Vector512.ConditionalSelect(d, b, c)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> ThirdStep(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector512.Create(sine)) + (b ^ c ^ d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> FourthStep(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector512.Create(sine)) + (Avx512F.TernaryLogic(b, c, d, Md5Rows.FourthMix)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Add(Vector512<uint> left, Vector512<uint> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> words, [ConstantExpected] byte rotation) =>
        Avx512F.RotateLeft(words, rotation);
}
