using System.Security.Cryptography;
using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>The reader of KPL aggregates. It never throws; what it accepts survives being written and read again.</summary>
internal sealed class AggregateTarget : FuzzTarget
{
    private const int MaxRewrittenRecords = 200;

    private static readonly AggregatedUserRecord Sentinel = new("sentinel", 1, new byte[] { 1, 2, 3 });
    private static readonly HashKeyRange LowerHalf = HashKeyRange.SplitEvenly(2)[0];

    private readonly List<AggregatedUserRecord> _records = [];
    private readonly List<AggregatedUserRecord> _again = [];
    private readonly AggregatedRecordWriter _writer = new();
    private readonly ProtobufMutator _fields = new();
    private readonly ByteMutator _bytes = new();
    private byte[] _written = new byte[4096];

    internal override string Name => "aggregate";

    internal override FuzzTarget Fresh() => new AggregateTarget();

    internal override bool IsDocumented(Exception error) => false;

    internal override void Generate(FuzzInput input, ref FuzzRandom random)
    {
        _writer.Reset();
        Span<byte> key = stackalloc byte[300];
        Span<byte> data = stackalloc byte[200];
        for (var i = random.Below(6); i >= 0; i--)
        {
            var keyLength = random.OneIn(10) ? random.Below(300) : 1 + random.Below(3);
            key[..keyLength].Fill((byte)('a' + random.Below(3)));
            var dataLength = random.OneIn(10) ? random.Below(200) : random.Below(8);
            data[..dataLength].Fill(random.Byte());
            UInt128? hashKey = random.OneIn(3) ? new UInt128(random.OneIn(2) ? 0 : random.Next(), random.Next()) : null;
            _writer.Append(key[..keyLength], hashKey, data[..dataLength]);
        }

        EnsureWritten(_writer.SerializedBytes);
        input.Set(_written.AsSpan(0, _writer.WriteTo(_written)));
    }

    internal override bool TryMutate(FuzzInput input, ref FuzzRandom random) =>
        input.Length > AggregatedRecordFormat.FrameBytes &&
        _fields.TryMutate(input, AggregatedRecordFormat.MagicBytes, input.Length - AggregatedRecordFormat.DigestBytes, _bytes, ref random);

    internal override void Repair(FuzzInput input)
    {
        if (input.Length < AggregatedRecordFormat.FrameBytes)
            return;
        AggregatedRecordFormat.Magic.CopyTo(input.Span);
        MD5.HashData(input.Span[AggregatedRecordFormat.MagicBytes..^AggregatedRecordFormat.DigestBytes], input.Span[^AggregatedRecordFormat.DigestBytes..]);
    }

    internal override int Read(ReadOnlyMemory<byte> input)
    {
        _records.Clear();
        _records.Add(Sentinel);
        var isAggregate = AggregatedRecordReader.TryRead(input, _records);
        Require(_records[0] == Sentinel, "what was in the list was changed");
        if (!isAggregate)
        {
            Require(_records.Count == 1, "records of a plain blob were left in the list");
            return AggregatedRecordFormat.HasFrame(input.Span) ? AggregatedRecordDigest.IsValid(input.Span) ? 2 : 1 : 0;
        }

        Require(AggregatedRecordDigest.IsValid(input.Span), "an aggregate with a wrong digest was accepted");
        var records = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records)[1..];
        var outside = AggregatedRangeCheck.CountOutside(records, LowerHalf);
        Require(outside >= 0 && outside <= records.Length, "more records outside the range than there are");
        if (records.Length is > 0 and <= MaxRewrittenRecords)
            CheckRewrite(records);
        return Feature(records, outside);
    }

    private void CheckRewrite(ReadOnlySpan<AggregatedUserRecord> records)
    {
        _writer.Reset();
        foreach (var record in records)
            _writer.Append(Encoding.UTF8.GetBytes(record.PartitionKey), record.ExplicitHashKey, record.Data.Span);
        EnsureWritten(_writer.SerializedBytes);
        var size = _writer.WriteTo(_written);
        Require(size == _writer.SerializedBytes, "the announced size is wrong");
        _again.Clear();
        Require(AggregatedRecordReader.TryRead(_written.AsMemory(0, size), _again), "what was written is not read");
        Require(_again.Count == records.Length, "the number of records changed");
        for (var i = 0; i < records.Length; i++)
        {
            Require(_again[i].PartitionKey == records[i].PartitionKey && _again[i].ExplicitHashKey == records[i].ExplicitHashKey, "a key changed");
            Require(_again[i].Data.Span.SequenceEqual(records[i].Data.Span), "a payload changed");
        }
    }

    private static int Feature(ReadOnlySpan<AggregatedUserRecord> records, int outside)
    {
        var feature = 16 + Math.Min(records.Length, 15);
        var (explicitKeys, emptyData) = (0, 0);
        foreach (var record in records)
        {
            explicitKeys += record.ExplicitHashKey is null ? 0 : 1;
            emptyData += record.Data.IsEmpty ? 1 : 0;
        }

        return (feature << 3) | (explicitKeys > 0 ? 4 : 0) | (emptyData > 0 ? 2 : 0) | (outside > 0 ? 1 : 0);
    }

    private void EnsureWritten(int bytes)
    {
        if (_written.Length < bytes)
            _written = new byte[bytes * 2];
    }
}
