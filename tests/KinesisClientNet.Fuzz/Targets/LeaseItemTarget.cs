using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.DynamoDb;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>
/// The readers of lease-table items, which Java workers, operators and older versions write too. They never throw; a lease that is read
/// survives being written and read again. The input is a list of attributes: a byte for the name, one for the type, two for the length, the value.
/// </summary>
internal sealed class LeaseItemTarget : FuzzTarget
{
    private const int HeadBytes = 4;

    private static readonly string[] Names =
    [
        LeaseAttributes.LeaseKey, LeaseAttributes.LeaseCounter, LeaseAttributes.Checkpoint, LeaseAttributes.CheckpointSubSequenceNumber, LeaseAttributes.LeaseOwner,
        LeaseAttributes.OwnerSwitches, LeaseAttributes.PendingCheckpoint, LeaseAttributes.PendingCheckpointSubSequenceNumber, LeaseAttributes.PendingCheckpointState,
        LeaseAttributes.ParentShardId, LeaseAttributes.ChildShardIds, LeaseAttributes.StartingHashKey, LeaseAttributes.EndingHashKey, LeaseAttributes.ThroughputKBps,
        LeaseAttributes.CheckpointOwner, LeaseAttributes.StreamName, LeaseAttributes.ShardId, LeaseAttributes.EntityType, LeaseAttributes.LastUpdateTime,
        LeaseAttributes.Stats, LeaseAttributes.OperatingRange, LeaseAttributes.OwnerName, LeaseAttributes.LeaseDuration, LeaseAttributes.RecordVersionNumber,
        LeaseAttributes.IsReleased, "unknown",
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "7", "shardId-000000000000", "a:b:shardId-000000000001", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END", "LEASE",
        LeaseAttributes.WorkerEntity, LeaseAttributes.LeaderEntity, "49600871682957036442365024926191073437251060580128653314", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456", "1e400", "NaN", "Infinity", "0.1234567", "1700000000", "120000",
    ];

    /// <summary>S, N, B, SS, M of lists of numbers, null.</summary>
    private const int Types = 6;

    internal override string Name => "leaseitem";

    internal override FuzzTarget Fresh() => new LeaseItemTarget();

    internal override bool IsDocumented(Exception error) => false;

    internal override void Generate(FuzzInput input, ref FuzzRandom random)
    {
        input.Clear();
        // The three that a lease needs, then anything.
        Append(input, 0, 0, "shardId-000000000000");
        Append(input, 1, 1, random.Below(100).ToString(CultureInfo.InvariantCulture));
        Append(input, 2, 0, random.Pick<string>(["TRIM_HORIZON", "SHARD_END", "49600871682957036442365024926191073437251060580128653314"]));
        for (var i = random.Below(8); i > 0; i--)
            Append(input, random.Below(Names.Length), random.Below(Types), random.Pick<string>(Values));
    }

    internal override int Read(ReadOnlyMemory<byte> input)
    {
        var item = Item(input.Span);
        var feature = LeaseItem.IsLease(item) ? 1 : 0;
        if (LeaseItem.TryRead(item, out var lease))
        {
            var written = LeaseItem.From(lease);
            Require(LeaseItem.TryRead(written, out var again), "a lease that was written is not read");
            Require(Text(LeaseItem.From(again!)) == Text(written), "a lease changed by being written and read");
            feature |= 2 | (lease.PendingCheckpoint is null ? 0 : 4) | (lease.HashKeyRange is null ? 0 : 8) | (lease.Owner is null ? 0 : 16) | (lease.StreamId is null ? 0 : 32);
        }

        feature |= LeaderLockItem.Read(item) is null ? 0 : 64;
        if (WorkerReportItem.IsReport(item))
            feature |= 128;
        if (WorkerReportItem.TryRead(item, LeaseAttributes.LeaseKey, out var report))
            feature |= 256 | (report.Metrics.IsEmpty ? 0 : 512) | (report.OperatingRanges.IsEmpty ? 0 : 1024);
        return feature;
    }

    private static void Append(FuzzInput input, int name, int type, string value)
    {
        Span<byte> head = [(byte)name, (byte)type, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)value.Length);
        input.Append(head);
        input.Append(Encoding.UTF8.GetBytes(value));
    }

    private static Dictionary<string, AttributeValue> Item(ReadOnlySpan<byte> input)
    {
        var item = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        while (input.Length >= HeadBytes)
        {
            var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input[2..]), input.Length - HeadBytes);
            item[Names[input[0] % Names.Length]] = Attribute(input[1] % Types, input.Slice(HeadBytes, length));
            input = input[(HeadBytes + length)..];
        }

        return item;
    }

    private static AttributeValue Attribute(int type, ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return type switch
        {
            0 => new() { S = text },
            1 => new() { N = text },
            2 => new() { B = new MemoryStream(bytes.ToArray()) },
            3 => new() { SS = [.. text.Split(',')] },
            4 => new() { M = new() { ["C"] = new() { L = [.. text.Split(',').Select(n => new AttributeValue { N = n })] }, ["x"] = new() { N = text } } },
            _ => new() { NULL = true },
        };
    }

    private static string Text(Dictionary<string, AttributeValue> item) => string.Join('\n', item.OrderBy(a => a.Key, StringComparer.Ordinal).Select(
        a => $"{a.Key}={a.Value.S}|{a.Value.N}|{(a.Value.B is { } b ? Convert.ToHexString(b.ToArray()) : "")}|{(a.Value.SS is { } set ? string.Join(',', set) : "")}"));
}
