using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// MD5 of eight messages at once: lane i of every vector belongs to message i. MD5 cannot be split within a message, but eight messages
/// cost about as much as one and a half. Where 256-bit vectors are missing the scalar code does the same one by one.
/// </summary>
internal static class Md5Lanes
{
    internal const int Lanes = 8;

    /// <summary>Below this many messages left the scalar code or the library is cheaper than a mostly empty vector.</summary>
    private const int MinBusyLanes = 2;

    /// <summary>Whether the vector path is used; read by tests and benchmarks.</summary>
    internal static bool IsAccelerated => Avx2.IsSupported;

    /// <summary>Hashes keys that lie one after the other.</summary>
    /// <param name="keys">The keys' bytes.</param>
    /// <param name="lengths">The bytes of each key; they add up to the bytes given.</param>
    /// <param name="hashes">One hash per key.</param>
    internal static void HashKeys(ReadOnlySpan<byte> keys, ReadOnlySpan<int> lengths, Span<UInt128> hashes)
    {
        Span<byte> blocks = stackalloc byte[Lanes * Md5Scalar.BlockBytes];
        Span<int> lanes = stackalloc int[Lanes];
        var (offset, busy) = (0, 0);
        for (var i = 0; i < lengths.Length; i++)
        {
            var key = keys.Slice(offset, lengths[i]);
            offset += lengths[i];
            if (key.Length > Md5Scalar.MaxOneBlockBytes || !IsAccelerated)
            {
                hashes[i] = PartitionKeyHash.Compute(key);
                continue;
            }

            Md5Scalar.WriteTail(key, key.Length, blocks[(busy * Md5Scalar.BlockBytes)..]);
            lanes[busy++] = i;
            if (busy == Lanes)
            {
                HashBlocks(blocks, lanes, hashes);
                busy = 0;
            }
        }

        if (busy >= MinBusyLanes)
        {
            blocks[(busy * Md5Scalar.BlockBytes)..].Clear(); // the idle lanes hash zeros, and nobody reads the result
            HashBlocks(blocks, lanes[..busy], hashes);
        }
        else if (busy == 1)
        {
            var state = Md5State.Initial;
            Md5Scalar.Compress(ref state, blocks);
            hashes[lanes[0]] = state.ToHash();
        }
    }

    /// <summary>Hashes messages of any length, eight at a time; a lane whose message ends takes the next one.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="hashes">One hash per message.</param>
    internal static void HashMessages(ReadOnlySpan<ReadOnlyMemory<byte>> messages, Span<UInt128> hashes)
    {
        if (IsAccelerated && messages.Length >= MinBusyLanes)
        {
            new Md5LaneSchedule(messages, hashes).Run();
            return;
        }

        for (var i = 0; i < messages.Length; i++)
            hashes[i] = PartitionKeyHash.Compute(messages[i].Span);
    }

    private static void HashBlocks(ReadOnlySpan<byte> blocks, ReadOnlySpan<int> lanes, Span<UInt128> hashes)
    {
        var state = Md5LaneState.Initial;
        ref var first = ref MemoryMarshal.GetReference(blocks);
        var words = default(Md5Words<Vector256<uint>>);
        Transpose(
            ref first, ref Unsafe.Add(ref first, 64), ref Unsafe.Add(ref first, 128), ref Unsafe.Add(ref first, 192),
            ref Unsafe.Add(ref first, 256), ref Unsafe.Add(ref first, 320), ref Unsafe.Add(ref first, 384), ref Unsafe.Add(ref first, 448), ref words);
        Md5LaneRounds.Compress(ref state, words);
        for (var lane = 0; lane < lanes.Length; lane++)
            hashes[lanes[lane]] = state[lane].ToHash();
    }

    /// <summary>Turns eight blocks of sixteen words into sixteen vectors of eight words.</summary>
    internal static void Transpose(
        ref byte b0, ref byte b1, ref byte b2, ref byte b3, ref byte b4, ref byte b5, ref byte b6, ref byte b7, ref Md5Words<Vector256<uint>> words)
    {
        TransposeHalf(
            Load(ref b0, 0), Load(ref b1, 0), Load(ref b2, 0), Load(ref b3, 0),
            Load(ref b4, 0), Load(ref b5, 0), Load(ref b6, 0), Load(ref b7, 0), ref words[0]);
        TransposeHalf(
            Load(ref b0, 32), Load(ref b1, 32), Load(ref b2, 32), Load(ref b3, 32),
            Load(ref b4, 32), Load(ref b5, 32), Load(ref b6, 32), Load(ref b7, 32), ref words[8]);

        static Vector256<uint> Load(ref byte block, nuint offset) => Vector256.LoadUnsafe(ref block, offset).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeHalf(
        Vector256<uint> r0, Vector256<uint> r1, Vector256<uint> r2, Vector256<uint> r3,
        Vector256<uint> r4, Vector256<uint> r5, Vector256<uint> r6, Vector256<uint> r7, ref Vector256<uint> words)
    {
        // Pairs of words, then pairs of pairs, within 128-bit halves; the last step exchanges the halves.
        var (a0, a1, a2, a3) = Quads(r0, r1, r2, r3);
        var (b0, b1, b2, b3) = Quads(r4, r5, r6, r7);
        words = Avx2.Permute2x128(a0, b0, 0x20);
        Unsafe.Add(ref words, 1) = Avx2.Permute2x128(a1, b1, 0x20);
        Unsafe.Add(ref words, 2) = Avx2.Permute2x128(a2, b2, 0x20);
        Unsafe.Add(ref words, 3) = Avx2.Permute2x128(a3, b3, 0x20);
        Unsafe.Add(ref words, 4) = Avx2.Permute2x128(a0, b0, 0x31);
        Unsafe.Add(ref words, 5) = Avx2.Permute2x128(a1, b1, 0x31);
        Unsafe.Add(ref words, 6) = Avx2.Permute2x128(a2, b2, 0x31);
        Unsafe.Add(ref words, 7) = Avx2.Permute2x128(a3, b3, 0x31);
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
}

/// <summary>The state of eight messages.</summary>
internal readonly record struct Md5LaneState(Vector256<uint> A, Vector256<uint> B, Vector256<uint> C, Vector256<uint> D)
{
    internal static Md5LaneState Initial => new(
        Vector256.Create(Md5Scalar.InitialA), Vector256.Create(Md5Scalar.InitialB), Vector256.Create(Md5Scalar.InitialC), Vector256.Create(Md5Scalar.InitialD));

    /// <summary>The state of one message.</summary>
    internal Md5State this[int lane] => new(A[lane], B[lane], C[lane], D[lane]);

    /// <summary>The same state with one lane replaced.</summary>
    internal Md5LaneState With(int lane, Md5State state) =>
        new(A.WithElement(lane, state.A), B.WithElement(lane, state.B), C.WithElement(lane, state.C), D.WithElement(lane, state.D));
}
