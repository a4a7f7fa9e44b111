using System.Numerics;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// The KPL's aggregated record: four magic bytes, a protobuf message (field 1 partition keys, 2 explicit hash keys, 3 records; in a record
/// 1 key index, 2 explicit hash key index, 3 data, 4 tags), and the MD5 of the message alone (awslabs/amazon-kinesis-producer,
/// aggregation-format.md).
/// </summary>
internal static class AggregatedRecordFormat
{
    /// <summary>The outer partition key that the KPL gives to an aggregate: short, because its bytes count towards the request.</summary>
    internal const string OuterPartitionKey = "a";

    internal const int MagicBytes = 4;
    internal const int DigestBytes = 16;

    /// <summary>What surrounds the message.</summary>
    internal const int FrameBytes = MagicBytes + DigestBytes;

    /// <summary>The longest decimal text of an explicit hash key.</summary>
    internal const int MaxExplicitHashKeyBytes = 39;

    /// <summary>The shortest record: an index and an empty payload, both required, each a tag and one byte.</summary>
    internal const int MinRecordMessageBytes = 4;

    // Tags: field number * 8 + wire type (0 varint, 2 length-delimited).
    internal const byte PartitionKeyTag = 0x0A;
    internal const byte ExplicitHashKeyTag = 0x12;
    internal const byte RecordTag = 0x1A;
    internal const byte RecordPartitionKeyIndexTag = 0x08;
    internal const byte RecordExplicitHashKeyIndexTag = 0x10;
    internal const byte RecordDataTag = 0x1A;
    internal const byte RecordTagTag = 0x22;
    internal const byte TagKeyTag = 0x0A;

    internal static ReadOnlySpan<byte> Magic => [0xF3, 0x89, 0x9A, 0xC2];

    /// <summary>Whether a Kinesis record has the outline of an aggregate: the magic and at least one byte between it and the digest.</summary>
    /// <param name="blob">The Kinesis record's data.</param>
    /// <returns>False when it is certainly a plain record.</returns>
    internal static bool HasFrame(ReadOnlySpan<byte> blob) => blob.Length > FrameBytes && blob.StartsWith(Magic);

    /// <summary>The message between magic and digest.</summary>
    /// <param name="blob">A framed record.</param>
    /// <returns>The message.</returns>
    internal static ReadOnlyMemory<byte> MessageOf(ReadOnlyMemory<byte> blob) => blob[MagicBytes..^DigestBytes];

    /// <summary>The bytes of a varint.</summary>
    /// <param name="value">The value.</param>
    /// <returns>1 to 5.</returns>
    internal static int VarintBytes(uint value) => ((BitOperations.Log2(value) * 9) + 73) / 64;

    /// <summary>The bytes of an entry in a key table.</summary>
    /// <param name="keyBytes">The key's UTF-8 bytes.</param>
    /// <returns>Tag, length and key.</returns>
    internal static int KeyEntryBytes(int keyBytes) => checked(1 + VarintBytes((uint)keyBytes) + keyBytes);

    /// <summary>The bytes of a record's own message, without the tag and length before it.</summary>
    /// <param name="partitionKeyIndex">The key's place in its table.</param>
    /// <param name="explicitHashKeyIndex">The explicit hash key's place in its table, or -1 for none.</param>
    /// <param name="dataBytes">The payload's bytes.</param>
    /// <returns>The bytes; data is written even when empty.</returns>
    internal static int RecordMessageBytes(int partitionKeyIndex, int explicitHashKeyIndex, int dataBytes) => checked(
        1 + VarintBytes((uint)partitionKeyIndex) + (explicitHashKeyIndex < 0 ? 0 : 1 + VarintBytes((uint)explicitHashKeyIndex)) +
        1 + VarintBytes((uint)dataBytes) + dataBytes);

    /// <summary>The bytes of a record with the tag and length before it.</summary>
    /// <param name="messageBytes">The record's own message.</param>
    /// <returns>The bytes.</returns>
    internal static int RecordEntryBytes(int messageBytes) => checked(1 + VarintBytes((uint)messageBytes) + messageBytes);

    /// <summary>Writes a varint.</summary>
    /// <param name="destination">Long enough.</param>
    /// <param name="value">The value.</param>
    /// <returns>The bytes written.</returns>
    internal static int WriteVarint(Span<byte> destination, uint value)
    {
        var written = 0;
        for (; value >= 0x80; value >>= 7)
            destination[written++] = (byte)(value | 0x80);
        destination[written++] = (byte)value;
        return written;
    }
}
