using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace KinesisClientNet.Core.Sharding;

/// <summary>MD5's steps on one message. b is the newest word: what does not need it is added first, so that steps wait less for each other.</summary>
internal readonly struct Md5ScalarSteps : IMd5Steps<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FirstStep(uint a, uint b, uint c, uint d, uint word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + sine) + (d ^ (b & (c ^ d))), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint SecondStep(uint a, uint b, uint c, uint d, uint word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + word + sine + (c & ~d) + (b & d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ThirdStep(uint a, uint b, uint c, uint d, uint word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + sine) + (b ^ c ^ d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FourthStep(uint a, uint b, uint c, uint d, uint word, uint sine, [ConstantExpected] byte rotation) =>
        b + Rotate(a + (word + sine) + (c ^ (b | ~d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(uint left, uint right) => left + right;

    private static uint Rotate(uint word, byte rotation) => BitOperations.RotateLeft(word, rotation);
}
