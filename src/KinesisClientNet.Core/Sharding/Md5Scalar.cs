using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// MD5 (RFC 1321) of one short message. A partition key is one block; the library's MD5 spends three quarters of its time there on
/// setting OpenSSL up, so short messages are hashed here and long ones by the library. Placement and checksum only, no security.
/// </summary>
internal static class Md5Scalar
{
    internal const int BlockBytes = 64;

    /// <summary>Messages up to this length fit one block together with the end mark and the length.</summary>
    internal const int MaxOneBlockBytes = 55;

    internal const uint InitialA = 0x67452301;
    internal const uint InitialB = 0xefcdab89;
    internal const uint InitialC = 0x98badcfe;
    internal const uint InitialD = 0x10325476;

    /// <summary>Hashes a message.</summary>
    /// <param name="message">The message, of any length.</param>
    /// <returns>The digest, read as a big-endian number: its first byte is the most significant one.</returns>
    internal static UInt128 Hash(ReadOnlySpan<byte> message)
    {
        var state = Md5State.Initial;
        var rest = message;
        while (rest.Length >= BlockBytes)
        {
            Compress(ref state, rest);
            rest = rest[BlockBytes..];
        }

        Span<byte> tail = stackalloc byte[2 * BlockBytes];
        tail = tail[..WriteTail(rest, message.Length, tail)];
        Compress(ref state, tail);
        if (tail.Length > BlockBytes)
            Compress(ref state, tail[BlockBytes..]);
        return state.ToHash();
    }

    /// <summary>Writes the last one or two blocks of a message: what is left of it, the end mark, zeros and the length in bits.</summary>
    /// <param name="rest">The message's last bytes, fewer than 64.</param>
    /// <param name="messageLength">The whole message's length.</param>
    /// <param name="tail">128 bytes; overwritten.</param>
    /// <returns>64 or 128: the bytes of the last blocks.</returns>
    internal static int WriteTail(ReadOnlySpan<byte> rest, long messageLength, Span<byte> tail)
    {
        var length = rest.Length <= MaxOneBlockBytes ? BlockBytes : 2 * BlockBytes;
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        tail[(rest.Length + 1)..length].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(tail[(length - 8)..], (ulong)messageLength << 3);
        return length;
    }

    /// <summary>Mixes one block into the state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="block">At least 64 bytes; the first 64 count.</param>
    /// <remarks>Not inlined: in a larger method the compiler keeps the state in memory instead of registers.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Compress(ref Md5State state, ReadOnlySpan<byte> block)
    {
        var words = default(Md5Words<uint>);
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        var (a, b, c, d) = (state.A, state.B, state.C, state.D);
        FirstRound(ref a, ref b, ref c, ref d, words);
        SecondRound(ref a, ref b, ref c, ref d, words);
        ThirdRound(ref a, ref b, ref c, ref d, words);
        FourthRound(ref a, ref b, ref c, ref d, words);
        state = new(state.A + a, state.B + b, state.C + c, state.D + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FirstRound(ref uint a, ref uint b, ref uint c, ref uint d, in Md5Words<uint> w)
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
    private static void SecondRound(ref uint a, ref uint b, ref uint c, ref uint d, in Md5Words<uint> w)
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
    private static void ThirdRound(ref uint a, ref uint b, ref uint c, ref uint d, in Md5Words<uint> w)
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
    private static void FourthRound(ref uint a, ref uint b, ref uint c, ref uint d, in Md5Words<uint> w)
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
    /// <summary>The newest word is b: what does not need it is added first, so that the steps wait less for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step1(uint a, uint b, uint c, uint d, uint word, uint sine, int rotation) =>
        b + BitOperations.RotateLeft(a + word + sine + (d ^ (b & (c ^ d))), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step2(uint a, uint b, uint c, uint d, uint word, uint sine, int rotation) =>
        b + BitOperations.RotateLeft(a + word + sine + (c & ~d) + (b & d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step3(uint a, uint b, uint c, uint d, uint word, uint sine, int rotation) =>
        b + BitOperations.RotateLeft(a + word + sine + (b ^ (c ^ d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step4(uint a, uint b, uint c, uint d, uint word, uint sine, int rotation) =>
        b + BitOperations.RotateLeft(a + word + sine + (c ^ (b | ~d)), rotation);
}

/// <summary>The four words that MD5 carries from block to block.</summary>
internal readonly record struct Md5State(uint A, uint B, uint C, uint D)
{
    internal static Md5State Initial => new(Md5Scalar.InitialA, Md5Scalar.InitialB, Md5Scalar.InitialC, Md5Scalar.InitialD);

    /// <summary>The digest as a big-endian number.</summary>
    /// <returns>The number.</returns>
    internal UInt128 ToHash() => new(
        ((ulong)BinaryPrimitives.ReverseEndianness(A) << 32) | BinaryPrimitives.ReverseEndianness(B),
        ((ulong)BinaryPrimitives.ReverseEndianness(C) << 32) | BinaryPrimitives.ReverseEndianness(D));
}

/// <summary>The sixteen words of a block, or sixteen vectors of them.</summary>
/// <typeparam name="T">A word or a vector of words.</typeparam>
[InlineArray(16)]
internal struct Md5Words<T>
{
    private T _first;
}
