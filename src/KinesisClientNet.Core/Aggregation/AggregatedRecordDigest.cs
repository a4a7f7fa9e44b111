using System.Buffers;
using System.Buffers.Binary;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>The MD5 at the end of an aggregate. It is most of the cost of writing and reading one, and eight at a time cost a quarter.</summary>
internal static class AggregatedRecordDigest
{
    /// <summary>Fills in the digest of one frame.</summary>
    /// <param name="frame">Magic, message and 16 bytes of room.</param>
    internal static void Complete(Span<byte> frame)
    {
        var message = frame[AggregatedRecordFormat.MagicBytes..^AggregatedRecordFormat.DigestBytes];
        BinaryPrimitives.WriteUInt128BigEndian(frame[^AggregatedRecordFormat.DigestBytes..], PartitionKeyHash.Compute(message));
    }

    /// <summary>Fills in the digests of many frames.</summary>
    /// <param name="frames">Each: magic, message and 16 bytes of room.</param>
    internal static void Complete(ReadOnlySpan<Memory<byte>> frames)
    {
        var messages = ArrayPool<ReadOnlyMemory<byte>>.Shared.Rent(frames.Length);
        var hashes = ArrayPool<UInt128>.Shared.Rent(frames.Length);
        for (var i = 0; i < frames.Length; i++)
            messages[i] = AggregatedRecordFormat.MessageOf(frames[i]);
        Md5Lanes.HashMessages(messages.AsSpan(0, frames.Length), hashes);
        for (var i = 0; i < frames.Length; i++)
            BinaryPrimitives.WriteUInt128BigEndian(frames[i].Span[^AggregatedRecordFormat.DigestBytes..], hashes[i]);
        ArrayPool<UInt128>.Shared.Return(hashes);
        ArrayPool<ReadOnlyMemory<byte>>.Shared.Return(messages, clearArray: true);
    }

    /// <summary>Whether a Kinesis record has the outline of an aggregate and the right digest.</summary>
    /// <param name="blob">The Kinesis record's data.</param>
    /// <returns>False for a plain record.</returns>
    internal static bool IsValid(ReadOnlySpan<byte> blob) =>
        AggregatedRecordFormat.HasFrame(blob) &&
        PartitionKeyHash.Compute(blob[AggregatedRecordFormat.MagicBytes..^AggregatedRecordFormat.DigestBytes]) == Stored(blob);

    /// <summary>Judges many Kinesis records as <see cref="IsValid"/> does, eight digests at a time.</summary>
    /// <param name="blobs">The data of the Kinesis records.</param>
    /// <param name="valid">One answer per record.</param>
    internal static void Verify(ReadOnlySpan<ReadOnlyMemory<byte>> blobs, Span<bool> valid)
    {
        var messages = ArrayPool<ReadOnlyMemory<byte>>.Shared.Rent(blobs.Length);
        var hashes = ArrayPool<UInt128>.Shared.Rent(blobs.Length);
        var framed = 0;
        for (var i = 0; i < blobs.Length; i++)
        {
            valid[i] = AggregatedRecordFormat.HasFrame(blobs[i].Span);
            if (valid[i])
                messages[framed++] = AggregatedRecordFormat.MessageOf(blobs[i]);
        }

        Md5Lanes.HashMessages(messages.AsSpan(0, framed), hashes);
        framed = 0;
        for (var i = 0; i < blobs.Length; i++)
        {
            if (valid[i])
                valid[i] = hashes[framed++] == Stored(blobs[i].Span);
        }

        ArrayPool<UInt128>.Shared.Return(hashes);
        ArrayPool<ReadOnlyMemory<byte>>.Shared.Return(messages, clearArray: true);
    }

    private static UInt128 Stored(ReadOnlySpan<byte> blob) => BinaryPrimitives.ReadUInt128BigEndian(blob[^AggregatedRecordFormat.DigestBytes..]);
}
