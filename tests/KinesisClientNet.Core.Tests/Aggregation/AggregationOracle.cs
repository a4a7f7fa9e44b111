using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Google.Protobuf;
using KinesisClientNet.Core.Tests.Aggregation.Oracle;

namespace KinesisClientNet.Core.Tests.Aggregation;

/// <summary>The format as Google's protobuf library reads and writes it, with the rules around it in their plainest form.</summary>
internal static class AggregationOracle
{
    private static readonly byte[] Magic = [0xF3, 0x89, 0x9A, 0xC2];

    /// <summary>Keys that repeat often, that differ in one character, and that are long; any Unicode text now and then.</summary>
    internal static readonly Gen<string> Keys = Gen.OneOf(
        Gen.Int[0, 5].Select(i => $"key-{i}"),
        Gen.Int[0, 400].Select(i => $"customer-{i:D6}"),
        Gen.Char['a', 'z'].Array[0, 300].Select(c => new string(c)),
        Gen.String.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))));

    internal static readonly Gen<UInt128?> ExplicitHashKeys = Gen.OneOf(
        Gen.Const((UInt128?)null),
        Gen.Int[0, 3].Select(i => (UInt128?)i),
        Gen.Select(Gen.ULong, Gen.ULong, (high, low) => (UInt128?)new UInt128(high, low)));

    internal static readonly Gen<byte[]> Payloads = Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Byte.Array[120, 135], Gen.Byte.Array[0, 300]);

    internal static readonly Gen<UserRecord[]> Records =
        Gen.Select(Keys, ExplicitHashKeys, Payloads, (key, ehk, data) => new UserRecord(key, ehk, data)).Array[1, 200];

    internal static byte[] Frame(byte[] message) => [.. Magic, .. message, .. MD5.HashData(message)];

    internal static byte[] Encode(IEnumerable<UserRecord> records) => Frame(Message(records).ToByteArray());

    internal static AggregatedRecord Message(IEnumerable<UserRecord> records)
    {
        var message = new AggregatedRecord();
        foreach (var user in records)
        {
            var record = new Oracle.Record { PartitionKeyIndex = Index(message.PartitionKeyTable, user.Key), Data = ByteString.CopyFrom(user.Data) };
            if (user.ExplicitHashKey is { } hashKey)
                record.ExplicitHashKeyIndex = Index(message.ExplicitHashKeyTable, hashKey.ToString(CultureInfo.InvariantCulture));
            message.Records.Add(record);
        }

        return message;
    }

    /// <summary>Reads by the rules of the format page; null for a plain record.</summary>
    internal static UserRecord[]? Decode(byte[] blob)
    {
        if (blob.Length <= 20 || !blob.AsSpan().StartsWith(Magic) || !MD5.HashData(blob.AsSpan(4..^16)).AsSpan().SequenceEqual(blob.AsSpan(^16..)))
            return null;
        AggregatedRecord message;
        try
        {
            message = AggregatedRecord.Parser.ParseFrom(blob.AsSpan(4..^16).ToArray());
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        var records = new List<UserRecord>();
        foreach (var record in message.Records)
        {
            // The C# library does not enforce proto2's required fields; KCL's does.
            if (!record.HasPartitionKeyIndex || !record.HasData || record.Tags.Any(t => !t.HasKey) || record.PartitionKeyIndex >= (ulong)message.PartitionKeyTable.Count)
                return null;
            UInt128? hashKey = null;
            if (record.HasExplicitHashKeyIndex)
            {
                if (record.ExplicitHashKeyIndex >= (ulong)message.ExplicitHashKeyTable.Count)
                    return null;
                var text = message.ExplicitHashKeyTable[(int)record.ExplicitHashKeyIndex].ToStringUtf8();
                text = text.Length > 1 && text[0] == '+' ? text[1..] : text;
                if (!UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                    return null;
                hashKey = value;
            }

            records.Add(new(message.PartitionKeyTable[(int)record.PartitionKeyIndex].ToStringUtf8(), hashKey, record.Data.ToByteArray()));
        }

        return [.. records];
    }

    private static ulong Index(Google.Protobuf.Collections.RepeatedField<ByteString> table, string key)
    {
        var bytes = ByteString.CopyFromUtf8(key);
        var index = table.IndexOf(bytes);
        if (index >= 0)
            return (ulong)index;
        table.Add(bytes);
        return (ulong)table.Count - 1;
    }
}
