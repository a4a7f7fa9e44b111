using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Persistence;

/// <summary>What an entry is of: its first byte.</summary>
internal enum EntryKind : byte
{
    Account = 1,
    Stream = 2,
    Shards = 3,
    Deletion = 4,
    Record = 5,
}

/// <summary>A record in an entry.</summary>
/// <param name="StreamKey">The stream's incarnation.</param>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="Counter">Its counter inside the shard, from which and the arrival its sequence number follows.</param>
/// <param name="Arrival">When it arrived.</param>
/// <param name="IsChosen">The arrival is none of the clock's: later records may be older.</param>
/// <param name="IsEncrypted">It says KMS.</param>
internal readonly record struct RecordEntry(long StreamKey, int ShardIndex, long Counter, DateTimeOffset Arrival, bool IsChosen, bool IsEncrypted);

/// <summary>Writes and reads payloads of entries: state as JSON, records as fixed fields, key and data.</summary>
internal static class EntryCodec
{
    private const int RecordFieldBytes = 1 + 8 + 4 + 8 + 8 + 1 + 4;
    private const byte EncryptedBit = 1;
    private const byte ChosenBit = 2;
    private const int NoKey = -1;

    public static byte[] Write<T>(EntryKind kind, T state, JsonTypeInfo<T> type) => [(byte)kind, .. JsonSerializer.SerializeToUtf8Bytes(state, type)];

    public static T Read<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(payload[1..], type) ?? throw new InvalidDataException("the entry's state is null");

    public static int MaxRecordBytes(string? partitionKey, int dataBytes) =>
        RecordFieldBytes + Encoding.UTF8.GetMaxByteCount(partitionKey?.Length ?? 0) + dataBytes;

    public static int WriteRecord(Span<byte> target, in RecordEntry entry, string? partitionKey, ReadOnlySpan<byte> data)
    {
        target[0] = (byte)EntryKind.Record;
        BinaryPrimitives.WriteInt64LittleEndian(target[1..], entry.StreamKey);
        BinaryPrimitives.WriteInt32LittleEndian(target[9..], entry.ShardIndex);
        BinaryPrimitives.WriteInt64LittleEndian(target[13..], entry.Counter);
        BinaryPrimitives.WriteInt64LittleEndian(target[21..], entry.Arrival.ToUnixTimeMilliseconds());
        target[29] = (byte)((entry.IsEncrypted ? EncryptedBit : 0) | (entry.IsChosen ? ChosenBit : 0));
        var keyBytes = partitionKey is null ? NoKey : Encoding.UTF8.GetBytes(partitionKey, target[RecordFieldBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(target[30..], keyBytes);
        var at = RecordFieldBytes + Math.Max(0, keyBytes);
        data.CopyTo(target[at..]);
        return at + data.Length;
    }

    /// <summary>Reads a record; the data is a slice of the payload.</summary>
    public static RecordEntry ReadRecord(ReadOnlySpan<byte> payload, out string? partitionKey, out ReadOnlySpan<byte> data)
    {
        if (payload.Length < RecordFieldBytes)
            throw new InvalidDataException($"a record of {payload.Length} bytes is too short");
        var keyBytes = BinaryPrimitives.ReadInt32LittleEndian(payload[30..]);
        if (keyBytes < NoKey || keyBytes > payload.Length - RecordFieldBytes)
            throw new InvalidDataException($"a record's key of {keyBytes} bytes does not fit into the entry");
        partitionKey = keyBytes == NoKey ? null : Encoding.UTF8.GetString(payload.Slice(RecordFieldBytes, keyBytes));
        data = payload[(RecordFieldBytes + Math.Max(0, keyBytes))..];
        return new(
            BinaryPrimitives.ReadInt64LittleEndian(payload[1..]), BinaryPrimitives.ReadInt32LittleEndian(payload[9..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[13..]), DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(payload[21..])),
            (payload[29] & ChosenBit) != 0, (payload[29] & EncryptedBit) != 0);
    }

    public static string EncryptionOf(in RecordEntry entry) => entry.IsEncrypted ? StreamSettings.Kms : StreamSettings.NotEncrypted;
}
