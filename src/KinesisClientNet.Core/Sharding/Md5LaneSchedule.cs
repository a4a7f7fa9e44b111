using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// Keeps the eight lanes busy with messages of different lengths: all lanes run as many blocks as the shortest has left, then the ended
/// ones take the next message. The few messages at the end that would leave most lanes idle are finished by the scalar code.
/// </summary>
internal ref struct Md5LaneSchedule
{
    private const int Lanes = Md5Lanes.Lanes;
    private const int TailBytes = 2 * Md5Scalar.BlockBytes;

    /// <summary>With fewer busy lanes than this the scalar code is as quick: a vector round costs about as much as two scalar ones.</summary>
    private const int MinBusyLanes = 3;

    private readonly ReadOnlySpan<ReadOnlyMemory<byte>> _messages;
    private readonly Span<UInt128> _hashes;
    private Md5LaneState _state = Md5LaneState.Initial;
    private LaneArray _lanes;
    private TailBuffer _tails;
    private int _next;

    internal Md5LaneSchedule(ReadOnlySpan<ReadOnlyMemory<byte>> messages, Span<UInt128> hashes)
    {
        _messages = messages;
        _hashes = hashes;
    }

    /// <summary>Hashes everything.</summary>
    internal void Run()
    {
        for (var lane = 0; lane < Lanes; lane++)
            Refill(lane);
        while (true)
        {
            var (busy, blocks) = (0, int.MaxValue);
            for (var lane = 0; lane < Lanes; lane++)
            {
                if (_lanes[lane].BlocksLeft == 0)
                    continue;
                busy++;
                blocks = Math.Min(blocks, _lanes[lane].BlocksLeft);
            }

            if (busy < MinBusyLanes)
                break;
            Advance(blocks);
        }

        for (var lane = 0; lane < Lanes; lane++)
        {
            if (_lanes[lane].BlocksLeft > 0)
                FinishScalar(lane);
        }
    }

    /// <summary>Runs all lanes; idle ones hash their neighbour's bytes and nobody reads the result.</summary>
    private void Advance(int blocks)
    {
        var any = 0;
        while (_lanes[any].BlocksLeft == 0)
            any++;
        RunBlocks(
            blocks,
            ref Start(0, any), ref Start(1, any), ref Start(2, any), ref Start(3, any),
            ref Start(4, any), ref Start(5, any), ref Start(6, any), ref Start(7, any));
        for (var lane = 0; lane < Lanes; lane++)
        {
            ref var work = ref _lanes[lane];
            if (work.BlocksLeft == 0)
                continue;
            work.BlocksLeft -= blocks;
            work.Offset += blocks * Md5Scalar.BlockBytes;
            if (work.BlocksLeft == 0)
                EndOfRun(lane);
        }
    }

    private void RunBlocks(
        int blocks, ref byte b0, ref byte b1, ref byte b2, ref byte b3, ref byte b4, ref byte b5, ref byte b6, ref byte b7)
    {
        var state = _state;
        var words = default(Md5Words<Vector256<uint>>);
        for (nuint offset = 0; blocks > 0; blocks--, offset += Md5Scalar.BlockBytes)
        {
            Md5Lanes.Transpose(
                ref Unsafe.Add(ref b0, offset), ref Unsafe.Add(ref b1, offset), ref Unsafe.Add(ref b2, offset), ref Unsafe.Add(ref b3, offset),
                ref Unsafe.Add(ref b4, offset), ref Unsafe.Add(ref b5, offset), ref Unsafe.Add(ref b6, offset), ref Unsafe.Add(ref b7, offset), ref words);
            Md5LaneRounds.Compress(ref state, words);
        }

        _state = state;
    }

    [UnscopedRef]
    private ref byte Start(int lane, int instead)
    {
        var at = _lanes[lane].BlocksLeft > 0 ? lane : instead;
        return ref MemoryMarshal.GetReference(Rest(at));
    }

    /// <summary>The blocks that a lane has still to run, of the message or of its tail.</summary>
    [UnscopedRef]
    private ReadOnlySpan<byte> Rest(int lane)
    {
        ref readonly var work = ref _lanes[lane];
        var from = work.IsTail ? Tail(lane) : _messages[work.Message].Span;
        return from.Slice(work.Offset, work.BlocksLeft * Md5Scalar.BlockBytes);
    }

    [UnscopedRef]
    private Span<byte> Tail(int lane) => ((Span<byte>)_tails).Slice(lane * TailBytes, TailBytes);

    /// <summary>After the message's whole blocks comes its tail, after the tail the next message.</summary>
    private void EndOfRun(int lane)
    {
        if (!_lanes[lane].IsTail)
        {
            StartTail(lane);
            return;
        }

        _hashes[_lanes[lane].Message] = _state[lane].ToHash();
        Refill(lane);
    }

    private void StartTail(int lane)
    {
        ref var work = ref _lanes[lane];
        var message = _messages[work.Message].Span;
        var bytes = Md5Scalar.WriteTail(message[(message.Length & -Md5Scalar.BlockBytes)..], message.Length, Tail(lane));
        work.IsTail = true;
        work.Offset = 0;
        work.BlocksLeft = bytes / Md5Scalar.BlockBytes;
    }

    private void Refill(int lane)
    {
        ref var work = ref _lanes[lane];
        work = default;
        if (_next == _messages.Length)
            return;
        work.Message = _next++;
        work.BlocksLeft = _messages[work.Message].Length / Md5Scalar.BlockBytes;
        _state = _state.With(lane, Md5State.Initial);
        if (work.BlocksLeft == 0)
            StartTail(lane);
    }

    private void FinishScalar(int lane)
    {
        var state = _state[lane];
        var message = _lanes[lane].Message;
        while (true)
        {
            for (var rest = Rest(lane); !rest.IsEmpty; rest = rest[Md5Scalar.BlockBytes..])
                Md5Scalar.Compress(ref state, rest);
            if (_lanes[lane].IsTail)
                break;
            StartTail(lane);
        }

        _hashes[message] = state.ToHash();
    }

    private struct Lane
    {
        internal int Message;
        internal int Offset;
        internal int BlocksLeft;
        internal bool IsTail;
    }

    [InlineArray(Lanes)]
    private struct LaneArray
    {
        private Lane _first;
    }

    [InlineArray(Lanes * TailBytes)]
    private struct TailBuffer
    {
        private byte _first;
    }
}
