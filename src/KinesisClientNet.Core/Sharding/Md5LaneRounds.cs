using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KinesisClientNet.Core.Sharding;

/// <summary>The 64 steps of MD5 (RFC 1321) on eight blocks at once; the numbers are the words' order, floor(2^32 * abs(sin(i))) and the rotations.</summary>
internal static class Md5LaneRounds
{
    /// <summary>The truth table of c xor (b or not d), read from its last line up.</summary>
    private const byte FourthRoundTable = 0x39;

    /// <summary>Mixes one block of each lane into the state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="words">The sixteen words of the blocks.</param>
    /// <remarks>Not inlined: in a larger method the compiler keeps the state in memory instead of registers, at half the speed.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Compress(ref Md5LaneState state, in Md5Words<Vector256<uint>> words)
    {
        var (a, b, c, d) = (state.A, state.B, state.C, state.D);
        FirstRound(ref a, ref b, ref c, ref d, words);
        SecondRound(ref a, ref b, ref c, ref d, words);
        ThirdRound(ref a, ref b, ref c, ref d, words);
        FourthRound(ref a, ref b, ref c, ref d, words);
        state = new(state.A + a, state.B + b, state.C + c, state.D + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FirstRound(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d, in Md5Words<Vector256<uint>> w)
    {
        a = Step1(a, b, c, d, w[0], 0xd76aa478, 7);
        d = Step1(d, a, b, c, w[1], 0xe8c7b756, 12);
        c = Step1(c, d, a, b, w[2], 0x242070db, 17);
        b = Step1(b, c, d, a, w[3], 0xc1bdceee, 22);
        a = Step1(a, b, c, d, w[4], 0xf57c0faf, 7);
        d = Step1(d, a, b, c, w[5], 0x4787c62a, 12);
        c = Step1(c, d, a, b, w[6], 0xa8304613, 17);
        b = Step1(b, c, d, a, w[7], 0xfd469501, 22);
        a = Step1(a, b, c, d, w[8], 0x698098d8, 7);
        d = Step1(d, a, b, c, w[9], 0x8b44f7af, 12);
        c = Step1(c, d, a, b, w[10], 0xffff5bb1, 17);
        b = Step1(b, c, d, a, w[11], 0x895cd7be, 22);
        a = Step1(a, b, c, d, w[12], 0x6b901122, 7);
        d = Step1(d, a, b, c, w[13], 0xfd987193, 12);
        c = Step1(c, d, a, b, w[14], 0xa679438e, 17);
        b = Step1(b, c, d, a, w[15], 0x49b40821, 22);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SecondRound(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d, in Md5Words<Vector256<uint>> w)
    {
        a = Step2(a, b, c, d, w[1], 0xf61e2562, 5);
        d = Step2(d, a, b, c, w[6], 0xc040b340, 9);
        c = Step2(c, d, a, b, w[11], 0x265e5a51, 14);
        b = Step2(b, c, d, a, w[0], 0xe9b6c7aa, 20);
        a = Step2(a, b, c, d, w[5], 0xd62f105d, 5);
        d = Step2(d, a, b, c, w[10], 0x02441453, 9);
        c = Step2(c, d, a, b, w[15], 0xd8a1e681, 14);
        b = Step2(b, c, d, a, w[4], 0xe7d3fbc8, 20);
        a = Step2(a, b, c, d, w[9], 0x21e1cde6, 5);
        d = Step2(d, a, b, c, w[14], 0xc33707d6, 9);
        c = Step2(c, d, a, b, w[3], 0xf4d50d87, 14);
        b = Step2(b, c, d, a, w[8], 0x455a14ed, 20);
        a = Step2(a, b, c, d, w[13], 0xa9e3e905, 5);
        d = Step2(d, a, b, c, w[2], 0xfcefa3f8, 9);
        c = Step2(c, d, a, b, w[7], 0x676f02d9, 14);
        b = Step2(b, c, d, a, w[12], 0x8d2a4c8a, 20);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ThirdRound(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d, in Md5Words<Vector256<uint>> w)
    {
        a = Step3(a, b, c, d, w[5], 0xfffa3942, 4);
        d = Step3(d, a, b, c, w[8], 0x8771f681, 11);
        c = Step3(c, d, a, b, w[11], 0x6d9d6122, 16);
        b = Step3(b, c, d, a, w[14], 0xfde5380c, 23);
        a = Step3(a, b, c, d, w[1], 0xa4beea44, 4);
        d = Step3(d, a, b, c, w[4], 0x4bdecfa9, 11);
        c = Step3(c, d, a, b, w[7], 0xf6bb4b60, 16);
        b = Step3(b, c, d, a, w[10], 0xbebfbc70, 23);
        a = Step3(a, b, c, d, w[13], 0x289b7ec6, 4);
        d = Step3(d, a, b, c, w[0], 0xeaa127fa, 11);
        c = Step3(c, d, a, b, w[3], 0xd4ef3085, 16);
        b = Step3(b, c, d, a, w[6], 0x04881d05, 23);
        a = Step3(a, b, c, d, w[9], 0xd9d4d039, 4);
        d = Step3(d, a, b, c, w[12], 0xe6db99e5, 11);
        c = Step3(c, d, a, b, w[15], 0x1fa27cf8, 16);
        b = Step3(b, c, d, a, w[2], 0xc4ac5665, 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourthRound(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d, in Md5Words<Vector256<uint>> w)
    {
        a = Step4(a, b, c, d, w[0], 0xf4292244, 6);
        d = Step4(d, a, b, c, w[7], 0x432aff97, 10);
        c = Step4(c, d, a, b, w[14], 0xab9423a7, 15);
        b = Step4(b, c, d, a, w[5], 0xfc93a039, 21);
        a = Step4(a, b, c, d, w[12], 0x655b59c3, 6);
        d = Step4(d, a, b, c, w[3], 0x8f0ccc92, 10);
        c = Step4(c, d, a, b, w[10], 0xffeff47d, 15);
        b = Step4(b, c, d, a, w[1], 0x85845dd1, 21);
        a = Step4(a, b, c, d, w[8], 0x6fa87e4f, 6);
        d = Step4(d, a, b, c, w[15], 0xfe2ce6e0, 10);
        c = Step4(c, d, a, b, w[6], 0xa3014314, 15);
        b = Step4(b, c, d, a, w[13], 0x4e0811a1, 21);
        a = Step4(a, b, c, d, w[4], 0xf7537e82, 6);
        d = Step4(d, a, b, c, w[11], 0xbd3af235, 10);
        c = Step4(c, d, a, b, w[2], 0x2ad7d2bb, 15);
        b = Step4(b, c, d, a, w[9], 0xeb86d391, 21);
    }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Step1(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + Vector256.ConditionalSelect(b, c, d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Step2(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + Vector256.ConditionalSelect(d, b, c), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Step3(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + Vector256.Create(sine)) + (b ^ c ^ d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Step4(
        Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(
            a + (word + Vector256.Create(sine)) + (Avx512F.VL.IsSupported ? Avx512F.VL.TernaryLogic(b, c, d, FourthRoundTable) : c ^ (b | ~d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, [ConstantExpected] byte rotation) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, rotation) : (value << rotation) | (value >>> (32 - rotation));
}
