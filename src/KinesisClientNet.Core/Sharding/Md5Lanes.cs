using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// MD5 of eight or sixteen messages at once. MD5 cannot be split within a message, but a step on a vector of messages costs as much as a
/// step on one. Where the processor has no such vectors the scalar code does the same one by one.
/// </summary>
internal static class Md5Lanes
{
    /// <summary>Below this many messages the scalar code or the library is cheaper than a mostly empty vector.</summary>
    private const int MinMessages = 2;

    private const int MaxLanes = 16;

    /// <summary>How many messages at once: 16 with AVX-512, 8 with AVX2, else 1. Read by tests and benchmarks.</summary>
    internal static int Width => Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 16 : Avx2.IsSupported ? 8 : 1;

    /// <summary>Hashes keys that lie one after the other.</summary>
    /// <param name="keys">The keys' bytes.</param>
    /// <param name="lengths">The bytes of each key; they add up to the bytes given.</param>
    /// <param name="hashes">One hash per key.</param>
    internal static void HashKeys(ReadOnlySpan<byte> keys, ReadOnlySpan<int> lengths, Span<UInt128> hashes)
    {
        Span<byte> blocks = stackalloc byte[MaxLanes * Md5Single.BlockBytes];
        Span<int> lanes = stackalloc int[MaxLanes];
        var (offset, busy) = (0, 0);
        for (var i = 0; i < lengths.Length; i++)
        {
            var key = keys.Slice(offset, lengths[i]);
            offset += lengths[i];
            if (key.Length > Md5Single.MaxOneBlockBytes || Width == 1)
            {
                hashes[i] = PartitionKeyHash.Compute(key);
                continue;
            }

            Md5Single.WriteOnlyBlock(key, blocks.Slice(busy * Md5Single.BlockBytes, Md5Single.BlockBytes));
            lanes[busy++] = i;
            if (busy == Width)
            {
                HashBlocks(blocks, lanes[..busy], hashes);
                busy = 0;
            }
        }

        HashBlocks(blocks, lanes[..busy], hashes);
    }

    /// <summary>Hashes messages of any length; a lane whose message ends takes the next one.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="hashes">One hash per message.</param>
    internal static void HashMessages(ReadOnlySpan<ReadOnlyMemory<byte>> messages, Span<UInt128> hashes)
    {
        if (Width == 1 || messages.Length < MinMessages)
        {
            for (var i = 0; i < messages.Length; i++)
                hashes[i] = PartitionKeyHash.Compute(messages[i].Span);
        }
        else if (Width == 8 || messages.Length <= 8)
        {
            Span<byte> tails = stackalloc byte[Md5LaneSchedule<Vector256<uint>, Md5Lanes8>.TailsBytes];
            new Md5LaneSchedule<Vector256<uint>, Md5Lanes8>(messages, hashes, tails).Run();
        }
        else
        {
            Span<byte> tails = stackalloc byte[Md5LaneSchedule<Vector512<uint>, Md5Lanes16>.TailsBytes];
            new Md5LaneSchedule<Vector512<uint>, Md5Lanes16>(messages, hashes, tails).Run();
        }
    }

    private static void HashBlocks(Span<byte> blocks, ReadOnlySpan<int> lanes, Span<UInt128> hashes)
    {
        if (lanes.Length < MinMessages)
        {
            foreach (var lane in lanes)
            {
                var state = Md5Single.InitialState;
                Md5Single.Compress(ref state, blocks[..Md5Single.BlockBytes]);
                hashes[lane] = Md5Single.ToHash(state.A, state.B, state.C, state.D);
            }
        }
        else if (Width == 8 || lanes.Length <= 8)
        {
            HashBlocks<Vector256<uint>, Md5Lanes8>(blocks, lanes, hashes);
        }
        else
        {
            HashBlocks<Vector512<uint>, Md5Lanes16>(blocks, lanes, hashes);
        }
    }

    /// <summary>Lanes without a key hash whatever their block holds, and nobody reads the result.</summary>
    private static void HashBlocks<TWord, TLanes>(Span<byte> blocks, ReadOnlySpan<int> lanes, Span<UInt128> hashes)
        where TWord : struct
        where TLanes : struct, IMd5Lanes<TWord>
    {
        var rows = default(Md5Rows);
        for (var lane = 0; lane < TLanes.Count; lane++)
            rows.Set(lane, blocks[(lane * Md5Single.BlockBytes)..]);
        Unsafe.SkipInit(out Md5Words<TWord> words);
        TLanes.Load(rows, 0, ref words);
        var state = Md5LaneState<TWord, TLanes>.Initial;
        Md5Rounds<TWord, TLanes>.Compress(ref state, words);

        Span<uint> digests = stackalloc uint[4 * MaxLanes];
        Md5LaneState<TWord, TLanes>.Store(state, digests);
        for (var lane = 0; lane < lanes.Length; lane++)
            hashes[lanes[lane]] = Md5LaneState<TWord, TLanes>.HashOf(digests, lane);
    }
}

/// <summary>What the state of several messages looks like from outside.</summary>
internal static class Md5LaneState<TWord, TLanes>
    where TWord : struct
    where TLanes : struct, IMd5Lanes<TWord>
{
    internal static Md5State<TWord> Initial
    {
        get
        {
            var one = Md5Single.InitialState;
            return new(TLanes.Create(one.A), TLanes.Create(one.B), TLanes.Create(one.C), TLanes.Create(one.D));
        }
    }

    /// <summary>Writes all lanes: first every A, then every B, C and D.</summary>
    internal static void Store(in Md5State<TWord> state, Span<uint> words)
    {
        TLanes.Store(state.A, ref words[0]);
        TLanes.Store(state.B, ref words[TLanes.Count]);
        TLanes.Store(state.C, ref words[2 * TLanes.Count]);
        TLanes.Store(state.D, ref words[3 * TLanes.Count]);
    }

    /// <summary>One lane of what <see cref="Store"/> wrote, as a hash.</summary>
    internal static UInt128 HashOf(ReadOnlySpan<uint> words, int lane)
    {
        var one = Lane(words, lane);
        return Md5Single.ToHash(one.A, one.B, one.C, one.D);
    }

    /// <summary>One lane of what <see cref="Store"/> wrote.</summary>
    internal static Md5State<uint> Lane(ReadOnlySpan<uint> words, int lane) =>
        new(words[lane], words[TLanes.Count + lane], words[(2 * TLanes.Count) + lane], words[(3 * TLanes.Count) + lane]);

    /// <summary>The state with one lane started anew.</summary>
    internal static Md5State<TWord> Restart(in Md5State<TWord> state, int lane)
    {
        var one = Md5Single.InitialState;
        return new(TLanes.With(state.A, lane, one.A), TLanes.With(state.B, lane, one.B), TLanes.With(state.C, lane, one.C), TLanes.With(state.D, lane, one.D));
    }
}
