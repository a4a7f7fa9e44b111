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

    /// <summary>floor(2^32 * abs(sin(i + 1))) for the 64 steps.</summary>
    internal static readonly uint[] Sines =
    [
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
    ];

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
    internal static void Compress(ref Md5State state, ReadOnlySpan<byte> block)
    {
        var words = default(Md5Words<uint>);
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        var (a, b, c, d) = (state.A, state.B, state.C, state.D);
        for (var i = 0; i < 16; i += 4)
        {
            a = Step(a, b, d ^ (b & (c ^ d)), words[i], i, 7);
            d = Step(d, a, c ^ (a & (b ^ c)), words[i + 1], i + 1, 12);
            c = Step(c, d, b ^ (d & (a ^ b)), words[i + 2], i + 2, 17);
            b = Step(b, c, a ^ (c & (d ^ a)), words[i + 3], i + 3, 22);
        }

        for (var i = 16; i < 32; i += 4)
        {
            a = Step(a, b, c ^ (d & (b ^ c)), words[((5 * i) + 1) & 15], i, 5);
            d = Step(d, a, b ^ (c & (a ^ b)), words[((5 * i) + 6) & 15], i + 1, 9);
            c = Step(c, d, a ^ (b & (d ^ a)), words[((5 * i) + 11) & 15], i + 2, 14);
            b = Step(b, c, d ^ (a & (c ^ d)), words[((5 * i) + 16) & 15], i + 3, 20);
        }

        for (var i = 32; i < 48; i += 4)
        {
            a = Step(a, b, b ^ c ^ d, words[((3 * i) + 5) & 15], i, 4);
            d = Step(d, a, a ^ b ^ c, words[((3 * i) + 8) & 15], i + 1, 11);
            c = Step(c, d, d ^ a ^ b, words[((3 * i) + 11) & 15], i + 2, 16);
            b = Step(b, c, c ^ d ^ a, words[((3 * i) + 14) & 15], i + 3, 23);
        }

        for (var i = 48; i < 64; i += 4)
        {
            a = Step(a, b, c ^ (b | ~d), words[(7 * i) & 15], i, 6);
            d = Step(d, a, b ^ (a | ~c), words[((7 * i) + 7) & 15], i + 1, 10);
            c = Step(c, d, a ^ (d | ~b), words[((7 * i) + 14) & 15], i + 2, 15);
            b = Step(b, c, d ^ (c | ~a), words[((7 * i) + 21) & 15], i + 3, 21);
        }

        state = new(state.A + a, state.B + b, state.C + c, state.D + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint a, uint b, uint mixed, uint word, int step, int rotation) =>
        b + BitOperations.RotateLeft(a + mixed + word + Sines[step], rotation);
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
