using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Sequencing;

/// <summary>
/// The version-2 layout of sequence numbers: 47 hex digits. From the top: <c>2</c>, nine of the shard's creation second, one of the shard
/// index's low digit, sixteen of the counter, two unknown (00), nine of the record's second, eight of the shard index, the version <c>2</c>.
/// </summary>
internal readonly record struct LocalSequence(long CreateSeconds, int ShardIndex, long Counter, long TimeSeconds)
{
    /// <summary>The counter of a closed shard's EndingSequenceNumber.</summary>
    public const long EndCounter = long.MaxValue;

    /// <summary>The service refuses creation seconds from here on.</summary>
    private const long FirstInvalidSecond = 16_025_175_000;

    private const ulong LeadingNibble = 2;
    private const ulong Version = 2;
    private const ulong NineDigits = 0xF_FFFF_FFFF;

    /// <summary>The number that the service would issue.</summary>
    public SequenceNumber Compose()
    {
        var high = (LeadingNibble << 56) | (((ulong)CreateSeconds & NineDigits) << 20) | (((ulong)ShardIndex & 0xF) << 16) | ((ulong)Counter >> 48);
        var low = new UInt128(
            ((ulong)Counter << 16) | (((ulong)TimeSeconds & NineDigits) >> 28),
            (((ulong)TimeSeconds & NineDigits) << 36) | ((ulong)(uint)ShardIndex << 4) | Version);
        return SequenceNumber.FromBits(high, low);
    }

    /// <summary>Takes a version-2 number apart; false for anything else.</summary>
    public static bool TryDecode(SequenceNumber number, out LocalSequence parts)
    {
        parts = default;
        if (!number.TryGetBits(out var high, out var low))
            return false;
        var (upper, lower) = ((ulong)(low >> 64), (ulong)low);
        var counter = ((high & 0xFFFF) << 48) | (upper >> 16);
        var index = (lower >> 4) & 0xFFFF_FFFF;
        var created = (long)((high >> 20) & NineDigits);
        if (high >> 56 != LeadingNibble || (lower & 0xF) != Version || counter > long.MaxValue || index > int.MaxValue ||
            created >= FirstInvalidSecond || ((high >> 16) & 0xF) != (index & 0xF))
        {
            return false;
        }

        var time = ((upper & 0xFF) << 28) | (lower >> 36);
        parts = new(created, (int)index, (long)counter, (long)time);
        return true;
    }
}
