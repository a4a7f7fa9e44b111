using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>A lease as a DynamoDB item, in both directions (reference: KCL 3.5 lease item). What is absent in the lease is absent in the item.</summary>
internal static class LeaseItem
{
    /// <summary>Whether an item is a lease at all. Leases made before KCL 3.5 carry no entity type.</summary>
    public static bool IsLease(Dictionary<string, AttributeValue> item) =>
        !item.TryGetValue(EntityType, out var type) || type.S == LeaseEntity;

    /// <summary>The item of a new lease.</summary>
    public static Dictionary<string, AttributeValue> From(Lease lease)
    {
        var item = new Dictionary<string, AttributeValue>(16, StringComparer.Ordinal)
        {
            [LeaseKey] = new() { S = lease.LeaseKey },
            [LeaseCounter] = Number(lease.Counter),
            [OwnerSwitches] = Number(lease.OwnerSwitchesSinceCheckpoint),
            [Checkpoint] = new() { S = lease.Checkpoint.CheckpointText },
            [CheckpointSubSequenceNumber] = Number(lease.Checkpoint.SubSequenceNumber),
            [EntityType] = new() { S = LeaseEntity },
        };
        AddText(item, LeaseOwner, lease.Owner);
        AddText(item, CheckpointOwner, lease.CheckpointOwner);
        if (lease.PendingCheckpoint is { } pending)
        {
            item[PendingCheckpoint] = new() { S = pending.CheckpointText };
            item[PendingCheckpointSubSequenceNumber] = Number(pending.SubSequenceNumber);
        }

        if (lease.PendingCheckpointState is { } state)
            item[PendingCheckpointState] = new() { B = new MemoryStream(state.ToArray(), writable: false) };
        AddSet(item, ParentShardId, lease.ParentShardIds);
        AddSet(item, ChildShardIds, lease.ChildShardIds);
        if (lease.HashKeyRange is { } range)
        {
            item[StartingHashKey] = HashKey(range.Start);
            item[EndingHashKey] = HashKey(range.End);
        }

        if (lease.ThroughputKBps is { } throughput)
            item[ThroughputKBps] = Number(throughput);
        if (lease.StreamId is not null)
        {
            item[StreamName] = new() { S = lease.StreamId };
            item[ShardId] = new() { S = lease.ShardId };
        }

        return item;
    }

    /// <summary>Reads a lease. A malformed row is left alone: one bad row must not stop a fleet (KCL 2.x does stop).</summary>
    /// <param name="item">The item.</param>
    /// <param name="lease">The lease.</param>
    /// <returns>False when a required attribute is missing or not readable.</returns>
    public static bool TryRead(Dictionary<string, AttributeValue> item, [NotNullWhen(true)] out Lease? lease)
    {
        lease = null;
        if (Text(item, LeaseKey) is not { } key || Text(item, Checkpoint) is not { } checkpointText || Long(item, LeaseCounter) is not { } counter)
            return false;
        if (!ExtendedSequenceNumber.TryParse(checkpointText, Long(item, CheckpointSubSequenceNumber) ?? 0, out var checkpoint))
            return false;
        if (!TryReadPending(item, out var pending) || !TryReadRange(item, out var range))
            return false;
        lease = new()
        {
            LeaseKey = key,
            ShardId = Text(item, ShardId) ?? key[(key.LastIndexOf(':') + 1)..],
            StreamId = Text(item, StreamName),
            Owner = Text(item, LeaseOwner),
            CheckpointOwner = Text(item, CheckpointOwner),
            Counter = counter,
            Checkpoint = checkpoint,
            PendingCheckpoint = pending,
            PendingCheckpointState = item.TryGetValue(PendingCheckpointState, out var state) && state.B is { } bytes ? bytes.ToArray() : null,
            OwnerSwitchesSinceCheckpoint = Long(item, OwnerSwitches) ?? 0,
            ParentShardIds = Set(item, ParentShardId),
            ChildShardIds = Set(item, ChildShardIds),
            HashKeyRange = range,
            ThroughputKBps = item.TryGetValue(ThroughputKBps, out var throughput)
                && double.TryParse(throughput.N, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
        };
        return true;
    }

    /// <summary>A whole number.</summary>
    public static AttributeValue Number(long value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };

    /// <summary>A number with at most six decimals, rounded half up, as KCL stores throughput and averages.</summary>
    public static AttributeValue Number(double value) =>
        new() { N = Math.Round(value, 6, MidpointRounding.AwayFromZero).ToString("R", CultureInfo.InvariantCulture) };

    /// <summary>A hash key in decimal.</summary>
    public static AttributeValue HashKey(UInt128 value) => new() { S = value.ToString(CultureInfo.InvariantCulture) };

    /// <summary>A text; null when it is absent or empty.</summary>
    public static string? Text(Dictionary<string, AttributeValue> item, string name) =>
        item.TryGetValue(name, out var value) && !string.IsNullOrEmpty(value.S) ? value.S : null;

    /// <summary>A whole number; null when it is absent or none.</summary>
    public static long? Long(Dictionary<string, AttributeValue> item, string name) =>
        item.TryGetValue(name, out var value) && long.TryParse(value.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool TryReadPending(Dictionary<string, AttributeValue> item, out ExtendedSequenceNumber? pending)
    {
        pending = null;
        if (Text(item, PendingCheckpoint) is not { } text)
            return true;
        if (!ExtendedSequenceNumber.TryParse(text, Long(item, PendingCheckpointSubSequenceNumber) ?? 0, out var position))
            return false;
        pending = position;
        return true;
    }

    /// <summary>Both keys or none. A range of one key is legal here; KCL's reader refuses it.</summary>
    private static bool TryReadRange(Dictionary<string, AttributeValue> item, out HashKeyRange? range)
    {
        range = null;
        if (Text(item, StartingHashKey) is not { } start || Text(item, EndingHashKey) is not { } end)
            return true;
        if (!UInt128.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !UInt128.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var last) || first > last)
        {
            return false;
        }

        range = new(first, last);
        return true;
    }

    private static ImmutableArray<string> Set(Dictionary<string, AttributeValue> item, string name) =>
        item.TryGetValue(name, out var value) && value.SS is { Count: > 0 } set ? [.. set.Order(StringComparer.Ordinal)] : [];

    private static void AddText(Dictionary<string, AttributeValue> item, string name, string? value)
    {
        if (value is not null)
            item[name] = new() { S = value };
    }

    private static void AddSet(Dictionary<string, AttributeValue> item, string name, ImmutableArray<string> values)
    {
        if (!values.IsEmpty)
            item[name] = new() { SS = [.. values] };
    }
}
