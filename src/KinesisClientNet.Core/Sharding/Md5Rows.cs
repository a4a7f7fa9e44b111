using System.Runtime.InteropServices;

namespace KinesisClientNet.Core.Sharding;

/// <summary>Where the blocks of up to sixteen messages start. References, because nothing is pinned: the collector may move the messages meanwhile.</summary>
internal ref struct Md5Rows
{
    /// <summary>The truth table of c xor (b or not d), for the processors that take one.</summary>
    internal const byte FourthMix = 0x39;

    internal ref byte Row0;
    internal ref byte Row1;
    internal ref byte Row2;
    internal ref byte Row3;
    internal ref byte Row4;
    internal ref byte Row5;
    internal ref byte Row6;
    internal ref byte Row7;
    internal ref byte Row8;
    internal ref byte Row9;
    internal ref byte Row10;
    internal ref byte Row11;
    internal ref byte Row12;
    internal ref byte Row13;
    internal ref byte Row14;
    internal ref byte Row15;

    /// <summary>Sets a row.</summary>
    /// <param name="lane">0 to 15.</param>
    /// <param name="blocks">The row's blocks.</param>
    internal void Set(int lane, ReadOnlySpan<byte> blocks)
    {
        ref var start = ref MemoryMarshal.GetReference(blocks);
        switch (lane)
        {
            case 0: Row0 = ref start; break;
            case 1: Row1 = ref start; break;
            case 2: Row2 = ref start; break;
            case 3: Row3 = ref start; break;
            case 4: Row4 = ref start; break;
            case 5: Row5 = ref start; break;
            case 6: Row6 = ref start; break;
            case 7: Row7 = ref start; break;
            case 8: Row8 = ref start; break;
            case 9: Row9 = ref start; break;
            case 10: Row10 = ref start; break;
            case 11: Row11 = ref start; break;
            case 12: Row12 = ref start; break;
            case 13: Row13 = ref start; break;
            case 14: Row14 = ref start; break;
            default: Row15 = ref start; break;
        }
    }
}
