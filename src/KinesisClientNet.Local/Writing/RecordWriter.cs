using System.Buffers;
using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Sharding;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Writing;

/// <summary>Puts records: checks in the service's order (kinesis-service.md §9.1), routes by hash, appends. Takes no lock but the shard's.</summary>
internal sealed class RecordWriter(LocalStream stream)
{
    private const int MaxEntries = 500;
    private const int MaxRequestBytes = 10 * ShardBudget.MiB;
    private const int MaxKeyCharacters = 256;

    private readonly string _accountId = stream.Arn.Split(':')[4];
    private int _turn = -1;

    /// <summary>Puts the entries; those that an injected fault chose fail with its code.</summary>
    public PutRecordsResponse PutMany(ReadOnlySpan<PutRecordsEntry> entries, FaultPlan faults, Fault? fault, long begunAt)
    {
        if (entries.Length is 0 or > MaxEntries)
            throw ServiceRefusal.Validation($"[{entries.Length} entries]", "records", $"have length between 1 and {MaxEntries}");
        Span<int> sizes = stackalloc int[MaxEntries];
        long total = 0;
        for (var i = 0; i < entries.Length; i++)
            total += sizes[i] = SizeOf(entries[i], i);
        if (total > MaxRequestBytes)
            throw ServiceRefusal.InvalidArgument($"Records size exceeds 10 MB limit: {total} bytes of data and keys in one PutRecords call.");
        for (var i = 0; i < entries.Length; i++)
            RequireFits(sizes[i]);

        var arrival = Arrive(null);
        var encryption = stream.Settings.EncryptionType;
        Span<UInt128> hashKeys = stackalloc UInt128[entries.Length];
        HashKeys(entries, sizes, hashKeys);
        var failing = fault?.Kind == FaultKind.FailedEntries ? faults.ChooseEntries(fault, entries.Length) : null;
        var results = new PutRecordsResultEntry[entries.Length];
        var (throttled, failed) = (0, 0);
        long storedBytes = 0;
        for (var i = 0; i < entries.Length; i++)
        {
            results[i] = failing?[i] == true
                ? new(null, default, fault!.Code, $"Entry {i} failed (injected fault).")
                : Append(entries[i], hashKeys[i], sizes[i], arrival, encryption);
            if (results[i].Succeeded)
                storedBytes += sizes[i];
            else if (results[i].ErrorCode == ServiceRefusal.ThroughputExceeded)
                throttled++;
            else
                failed++;
        }

        stream.CommitRecords();
        stream.Scaler.LookAfterPut(arrival.Time);
        stream.Meter.CountPuts(begunAt, entries.Length, throttled, failed, storedBytes);
        return new(results, throttled + failed, encryption);
    }

    /// <summary>Puts one record; with a chosen arrival no budget is charged.</summary>
    public PutRecordsResultEntry Put(in PutRecordsEntry entry, DateTimeOffset? chosenArrival, long begunAt)
    {
        var size = SizeOf(entry, -1);
        RequireFits(size);
        UInt128 hashKey = 0;
        HashKeys(new(in entry), new(in size), new(ref hashKey));
        var result = Append(entry, hashKey, size, Arrive(chosenArrival), stream.Settings.EncryptionType);
        stream.CommitRecords();
        stream.Scaler.LookAfterPut(stream.Clock.GetUtcNow());
        if (!result.Succeeded)
            throw ServiceRefusal.Throttled(result.ErrorMessage!);
        stream.Meter.CountPut(begunAt, size);
        return result;
    }

    /// <summary>Refuses a number that is not of this stream or lies in the future: the next one could not be greater.</summary>
    public void CheckOrdering(SequenceNumber number)
    {
        if (stream.Settings.IsAuto)
            throw ServiceRefusal.InvalidArgument($"SequenceNumberForOrdering is not allowed on stream {stream.Name}: its records are distributed by AUTO.");
        if (!Sequencing.LocalSequence.TryDecode(number, out var parts))
            throw ServiceRefusal.InvalidArgument($"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream.Name} is invalid.");
        var shard = stream.Shards.Table.Find(parts.ShardIndex);
        if (parts.TimeSeconds > stream.Clock.GetUtcNow().ToUnixTimeSeconds() + 1 || shard?.HasIssued(parts.Counter) == false)
            throw ServiceRefusal.InvalidArgument($"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream.Name} is in the future.");
    }

    private PutRecordsResultEntry Append(in PutRecordsEntry entry, UInt128 hashKey, int size, in Arrival arrival, string encryption)
    {
        while (true)
        {
            var shard = Route(hashKey) ?? throw ServiceRefusal.NotFound($"Stream {stream.Name} is {stream.Status}; it takes records when it is ACTIVE.");
            switch (shard.TryAppend(entry, size, arrival, encryption, out var number))
            {
                case AppendOutcome.Appended:
                    return new(shard.Id, number);
                case AppendOutcome.Throttled:
                    return new(null, default, ServiceRefusal.ThroughputExceeded, $"Rate exceeded for shard {shard.Id} in stream {stream.Name} under account {_accountId}.");
                default:
                    continue; // closed by a reshard between routing and here: its children are in the table already
            }
        }
    }

    private LocalShard? Route(UInt128 hashKey)
    {
        var table = stream.Shards.Table;
        return stream.Settings.IsAuto && table.Open.Count > 0
            ? table.Open[(int)((uint)Interlocked.Increment(ref _turn) % (uint)table.Open.Count)]
            : table.Route(hashKey);
    }

    /// <summary>The hash key of each entry, eight keys at a time where the processor can. Nothing to do where AUTO places the records.</summary>
    private void HashKeys(ReadOnlySpan<PutRecordsEntry> entries, ReadOnlySpan<int> sizes, Span<UInt128> hashKeys)
    {
        if (stream.Settings.IsAuto)
            return;
        var keyBytes = 0;
        for (var i = 0; i < entries.Length; i++)
            keyBytes += sizes[i] - entries[i].Data.Length;
        var utf8 = ArrayPool<byte>.Shared.Rent(keyBytes);
        Span<int> lengths = stackalloc int[entries.Length];
        var used = 0;
        for (var i = 0; i < entries.Length; i++)
            used += lengths[i] = Encoding.UTF8.GetBytes(entries[i].PartitionKey, utf8.AsSpan(used));
        PartitionKeyHash.ComputeMany(utf8.AsSpan(0, used), lengths, hashKeys);
        ArrayPool<byte>.Shared.Return(utf8);
        for (var i = 0; i < entries.Length; i++)
            hashKeys[i] = entries[i].ExplicitHashKey ?? hashKeys[i];
    }

    private Arrival Arrive(DateTimeOffset? chosen)
    {
        if (stream.Life.State is Lifecycle.Creating or Lifecycle.Gone)
            throw ServiceRefusal.NotFound($"Stream {stream.Name} not found: it is {stream.Status}, and takes records when it is ACTIVE.");
        var now = stream.Clock.GetUtcNow();
        var time = DateTimeOffset.FromUnixTimeMilliseconds((chosen ?? now).ToUnixTimeMilliseconds());
        return new(time, stream.Horizon(now), chosen is not null);
    }

    private int SizeOf(in PutRecordsEntry entry, int index)
    {
        if (entry.PartitionKey is not { } key)
        {
            return stream.Settings.IsAuto
                ? entry.Data.Length
                : throw ServiceRefusal.Validation("null", Path(index, "partitionKey"), "not be null");
        }

        if (key.Length == 0 || (key.Length > MaxKeyCharacters && key.EnumerateRunes().Count() > MaxKeyCharacters))
            throw ServiceRefusal.Validation(key, Path(index, "partitionKey"), $"have length between 1 and {MaxKeyCharacters}");
        if (entry.Data.Length > MaxRequestBytes)
            throw ServiceRefusal.Validation($"[{entry.Data.Length} bytes]", Path(index, "data"), $"have length less than or equal to {MaxRequestBytes}");
        return entry.Data.Length + Encoding.UTF8.GetByteCount(key);
    }

    private void RequireFits(int size)
    {
        var limit = stream.Settings.MaxRecordSizeInKiB;
        if (size > limit * 1024)
        {
            throw ServiceRefusal.InvalidArgument(
                $"A record of {size} bytes of data and key exceeds the maximum record size of stream {stream.Name}, {limit} KiB. " +
                "Make the record smaller or raise MaxRecordSizeInKiB (UpdateMaxRecordSize).");
        }
    }

    private static string Path(int index, string member) => index < 0 ? member : $"records.{index + 1}.member.{member}";
}
