using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KinesisClientNet.Core.Sharding;

/// <summary>MD5's steps on eight messages, one per 32-bit lane of a 256-bit vector (AVX2).</summary>
internal readonly struct Md5Lanes8 : IMd5Lanes<Vector256<uint>>
{
    public static int Count => Vector256<uint>.Count;

    public static Vector256<uint> Create(uint word) => Vector256.Create(word);

    public static Vector256<uint> With(Vector256<uint> vector, int lane, uint word) => vector.WithElement(lane, word);

    public static void Store(Vector256<uint> vector, ref uint words) => vector.StoreUnsafe(ref words);

    public static void Load(in Md5Rows rows, nuint offset, ref Md5Words<Vector256<uint>> words)
    {
        LoadHalf(rows, offset, ref words[0]);
        LoadHalf(rows, offset + 32, ref words[8]);
    }

    /// <summary>Transposes half a block of each row: pairs of words, pairs of pairs, then the 128-bit halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadHalf(in Md5Rows rows, nuint offset, ref Vector256<uint> words)
    {
        var (a0, a1, a2, a3) = Quads(Row(ref rows.Row0), Row(ref rows.Row1), Row(ref rows.Row2), Row(ref rows.Row3));
        var (b0, b1, b2, b3) = Quads(Row(ref rows.Row4), Row(ref rows.Row5), Row(ref rows.Row6), Row(ref rows.Row7));
        words = Avx2.Permute2x128(a0, b0, 0x20);
        Unsafe.Add(ref words, 1) = Avx2.Permute2x128(a1, b1, 0x20);
        Unsafe.Add(ref words, 2) = Avx2.Permute2x128(a2, b2, 0x20);
        Unsafe.Add(ref words, 3) = Avx2.Permute2x128(a3, b3, 0x20);
        Unsafe.Add(ref words, 4) = Avx2.Permute2x128(a0, b0, 0x31);
        Unsafe.Add(ref words, 5) = Avx2.Permute2x128(a1, b1, 0x31);
        Unsafe.Add(ref words, 6) = Avx2.Permute2x128(a2, b2, 0x31);
        Unsafe.Add(ref words, 7) = Avx2.Permute2x128(a3, b3, 0x31);

        Vector256<uint> Row(ref byte row) => Vector256.LoadUnsafe(ref row, offset).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<uint> W0, Vector256<uint> W1, Vector256<uint> W2, Vector256<uint> W3) Quads(
        Vector256<uint> r0, Vector256<uint> r1, Vector256<uint> r2, Vector256<uint> r3)
    {
        var low01 = Avx2.UnpackLow(r0, r1).AsUInt64();
        var high01 = Avx2.UnpackHigh(r0, r1).AsUInt64();
        var low23 = Avx2.UnpackLow(r2, r3).AsUInt64();
        var high23 = Avx2.UnpackHigh(r2, r3).AsUInt64();
        return (Avx2.UnpackLow(low01, low23).AsUInt32(), Avx2.UnpackHigh(low01, low23).AsUInt32(),
            Avx2.UnpackLow(high01, high23).AsUInt32(), Avx2.UnpackHigh(high01, high23).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> FirstStep(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + (Vector256.ConditionalSelect(b, c, d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> SecondStep(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + (Vector256.ConditionalSelect(d, b, c)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ThirdStep(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + (b ^ c ^ d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> FourthStep(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + (Avx512F.VL.IsSupported ? Avx512F.VL.TernaryLogic(b, c, d, Md5Rows.FourthMix) : c ^ (b | ~d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Add(Vector256<uint> left, Vector256<uint> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> words, [ConstantExpected] byte rotation) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(words, rotation) : (words << rotation) | (words >>> (32 - rotation));
}
