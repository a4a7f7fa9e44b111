using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// MD5 (RFC 1321) of one short message. A partition key is one block; the library's MD5 spends three quarters of its time there on
/// setting OpenSSL up, so short messages are hashed here and long ones by the library. Placement and checksum only, no security.
/// </summary>
internal static class Md5Single
{
    internal const int BlockBytes = 64;

    /// <summary>Messages up to this length fit one block together with the end mark and the length.</summary>
    internal const int MaxOneBlockBytes = 55;

    /// <summary>What RFC 1321 starts with.</summary>
    internal static Md5State<uint> InitialState => new(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);

    /// <summary>Hashes a message.</summary>
    /// <param name="message">The message, of any length.</param>
    /// <returns>The digest, read as a big-endian number: its first byte is the most significant one.</returns>
    internal static UInt128 Hash(ReadOnlySpan<byte> message)
    {
        var state = InitialState;
        Span<byte> tail = stackalloc byte[2 * BlockBytes];
        if (message.Length <= MaxOneBlockBytes)
        {
            WriteOnlyBlock(message, tail[..BlockBytes]);
            Compress(ref state, tail[..BlockBytes]);
            return ToHash(state.A, state.B, state.C, state.D);
        }

        var rest = message[(message.Length & -BlockBytes)..];
        Compress(ref state, message);
        Compress(ref state, tail[..WriteTail(rest, message.Length, tail)]);
        return ToHash(state.A, state.B, state.C, state.D);
    }

    /// <summary>Writes the last one or two blocks of a message: what is left of it, the end mark, zeros and the length in bits.</summary>
    /// <param name="rest">The message's last bytes, fewer than 64.</param>
    /// <param name="messageLength">The whole message's length.</param>
    /// <param name="tail">128 bytes, or 64 when the rest has at most 55; overwritten.</param>
    /// <returns>64 or 128: the bytes of the last blocks.</returns>
    internal static int WriteTail(ReadOnlySpan<byte> rest, long messageLength, Span<byte> tail)
    {
        var length = rest.Length <= MaxOneBlockBytes ? BlockBytes : 2 * BlockBytes;
        tail[..length].Clear();
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(tail[(length - 8)..], (ulong)messageLength << 3);
        return length;
    }

    /// <summary>Writes the only block of a short message.</summary>
    /// <param name="message">At most 55 bytes.</param>
    /// <param name="block">64 bytes; overwritten.</param>
    internal static void WriteOnlyBlock(ReadOnlySpan<byte> message, Span<byte> block)
    {
        Vector512<byte>.Zero.CopyTo(block);
        message.CopyTo(block);
        block[message.Length] = 0x80;
        BinaryPrimitives.WriteUInt32LittleEndian(block[(BlockBytes - 8)..], (uint)message.Length << 3);
    }

    /// <summary>Mixes whole blocks into the state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="blocks">The blocks; what is less than one at the end is ignored.</param>
    internal static void Compress(ref Md5State<uint> state, ReadOnlySpan<byte> blocks)
    {
        var words = default(Md5Words<uint>);
        for (; blocks.Length >= BlockBytes; blocks = blocks[BlockBytes..])
        {
            for (var i = 0; i < 16; i++)
                words[i] = BinaryPrimitives.ReadUInt32LittleEndian(blocks[(4 * i)..]);
            Md5Rounds<uint, Md5ScalarSteps>.Compress(ref state, words);
        }
    }

    /// <summary>The digest as a big-endian number.</summary>
    internal static UInt128 ToHash(uint a, uint b, uint c, uint d) => new(
        ((ulong)BinaryPrimitives.ReverseEndianness(a) << 32) | BinaryPrimitives.ReverseEndianness(b),
        ((ulong)BinaryPrimitives.ReverseEndianness(c) << 32) | BinaryPrimitives.ReverseEndianness(d));
}
