using System.Runtime.CompilerServices;

namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// Keeps the lanes busy with messages of different lengths: all lanes run as many blocks as the shortest has left, then the ended ones take
/// the next message. The last messages, which would leave most lanes idle, are finished by the scalar code.
/// </summary>
internal ref struct Md5LaneSchedule<TWord, TLanes>
    where TWord : struct
    where TLanes : struct, IMd5Lanes<TWord>
{
    private const int MaxLanes = 16;
    private const int TailBytes = 2 * Md5Single.BlockBytes;

    /// <summary>With fewer busy lanes than this the scalar code is as quick: a vector round costs less than two scalar ones.</summary>
    private const int MinBusyLanes = 2;

    private readonly ReadOnlySpan<ReadOnlyMemory<byte>> _messages;
    private readonly Span<UInt128> _hashes;
    private Md5State<TWord> _state = Md5LaneState<TWord, TLanes>.Initial;
    private LaneArray _lanes;
    private readonly Span<byte> _tails;
    private int _next;

    /// <summary>Prepares the work.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="hashes">One hash per message.</param>
    /// <param name="tails">Working memory of <see cref="TailsBytes"/>.</param>
    internal Md5LaneSchedule(ReadOnlySpan<ReadOnlyMemory<byte>> messages, Span<UInt128> hashes, Span<byte> tails)
    {
        _messages = messages;
        _hashes = hashes;
        _tails = tails;
    }

    /// <summary>Room for the padded end of a message per lane.</summary>
    internal static int TailsBytes => TLanes.Count * TailBytes;

    /// <summary>Hashes everything.</summary>
    internal void Run()
    {
        for (var lane = 0; lane < TLanes.Count; lane++)
            Refill(lane);
        while (true)
        {
            var (busy, blocks) = (0, int.MaxValue);
            for (var lane = 0; lane < TLanes.Count; lane++)
            {
                if (_lanes[lane].BlocksLeft == 0)
                    continue;
                busy++;
                blocks = Math.Min(blocks, _lanes[lane].BlocksLeft);
            }

            if (busy < MinBusyLanes)
                break;
            RunBlocks(blocks);
            Settle(blocks);
        }

        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            if (_lanes[lane].BlocksLeft > 0)
                FinishScalar(lane);
        }
    }

    /// <summary>Runs all lanes; an idle one hashes a busy one's bytes and nobody reads the result.</summary>
    private void RunBlocks(int blocks)
    {
        var busy = 0;
        while (_lanes[busy].BlocksLeft == 0)
            busy++;
        var rows = default(Md5Rows);
        for (var lane = 0; lane < TLanes.Count; lane++)
            rows.Set(lane, Rest(_lanes[lane].BlocksLeft > 0 ? lane : busy));

        var state = _state;
        Unsafe.SkipInit(out Md5Words<TWord> words);
        for (nuint offset = 0; blocks > 0; blocks--, offset += Md5Single.BlockBytes)
        {
            TLanes.Load(rows, offset, ref words);
            Md5Rounds<TWord, TLanes>.Compress(ref state, words);
        }

        _state = state;
    }

    /// <summary>Takes note of what was run. After a message's whole blocks comes its tail, after the tail the next message.</summary>
    private void Settle(int blocks)
    {
        Span<uint> words = stackalloc uint[4 * MaxLanes];
        Md5LaneState<TWord, TLanes>.Store(_state, words);
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            ref var work = ref _lanes[lane];
            if (work.BlocksLeft == 0)
                continue;
            work.BlocksLeft -= blocks;
            work.Offset += blocks * Md5Single.BlockBytes;
            if (work.BlocksLeft > 0)
                continue;
            if (work.IsTail)
            {
                _hashes[work.Message] = Md5LaneState<TWord, TLanes>.HashOf(words, lane);
                Refill(lane);
            }
            else
            {
                StartTail(lane);
            }
        }
    }

    /// <summary>The blocks that a lane has still to run, of the message or of its tail.</summary>
    private readonly ReadOnlySpan<byte> Rest(int lane)
    {
        var work = _lanes[lane];
        var from = work.IsTail ? Tail(lane) : _messages[work.Message].Span;
        return from.Slice(work.Offset, work.BlocksLeft * Md5Single.BlockBytes);
    }

    private readonly Span<byte> Tail(int lane) => _tails.Slice(lane * TailBytes, TailBytes);

    private void StartTail(int lane)
    {
        ref var work = ref _lanes[lane];
        var message = _messages[work.Message].Span;
        var bytes = Md5Single.WriteTail(message[(message.Length & -Md5Single.BlockBytes)..], message.Length, Tail(lane));
        work.IsTail = true;
        work.Offset = 0;
        work.BlocksLeft = bytes / Md5Single.BlockBytes;
    }

    private void Refill(int lane)
    {
        ref var work = ref _lanes[lane];
        work = default;
        if (_next == _messages.Length)
            return;
        work.Message = _next++;
        work.BlocksLeft = _messages[work.Message].Length / Md5Single.BlockBytes;
        _state = Md5LaneState<TWord, TLanes>.Restart(_state, lane);
        if (work.BlocksLeft == 0)
            StartTail(lane);
    }

    private void FinishScalar(int lane)
    {
        Span<uint> words = stackalloc uint[4 * MaxLanes];
        Md5LaneState<TWord, TLanes>.Store(_state, words);
        var state = Md5LaneState<TWord, TLanes>.Lane(words, lane);
        Md5Single.Compress(ref state, Rest(lane));
        if (!_lanes[lane].IsTail)
        {
            StartTail(lane);
            Md5Single.Compress(ref state, Rest(lane));
        }

        _hashes[_lanes[lane].Message] = Md5Single.ToHash(state.A, state.B, state.C, state.D);
    }

    private struct Lane
    {
        internal int Message;
        internal int Offset;
        internal int BlocksLeft;
        internal bool IsTail;
    }

    [InlineArray(MaxLanes)]
    private struct LaneArray
    {
        private Lane _first;
    }
}
