using System.Text;
using CsCheck;
using Google.Protobuf;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Core.Tests.Aggregation.Oracle;

namespace KinesisClientNet.Core.Tests.Aggregation;

public sealed class AggregatedRecordReaderTests
{
    private static UserRecord[]? Decode(byte[] blob)
    {
        var already = new AggregatedUserRecord("already there", 1, new byte[] { 1 });
        var read = new List<AggregatedUserRecord> { already };
        var isAggregate = AggregatedRecordReader.TryRead(blob, read);
        Assert.Equal(already, read[0]);
        Assert.True(isAggregate || read.Count == 1);
        return isAggregate ? [.. read.Skip(1).Select(UserRecord.Of)] : null;
    }

    private static string? Text(UserRecord[]? records) => records is null ? null : string.Join('\n', records.Select(r => r.ToString()));

    private static void AgreeWithGoogle(byte[] message)
    {
        var blob = AggregationOracle.Frame(message);
        Assert.Equal(Text(AggregationOracle.Decode(blob)), Text(Decode(blob)));
    }

    [Fact]
    public void Records_survive_the_round_trip() => AggregationOracle.Records.Sample(records =>
        Assert.Equal(records, Decode(AggregationOracle.Encode(records))), iter: 400);

    [Fact]
    public void Random_bytes_are_plain_and_nothing_throws() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        Assert.Null(Decode(bytes));
        AgreeWithGoogle(bytes);
        AgreeWithGoogle([0x0A, 1, (byte)'k', 0x1A, .. bytes]);
    }, iter: 3000);

    [Fact]
    public void Mutated_messages_are_judged_as_google_judges_them() =>
        Gen.Select(AggregationOracle.Records, Gen.Select(Gen.Int, Gen.Byte, Gen.Int[0, 3]).Array[1, 4]).Sample((records, mutations) =>
        {
            var message = AggregationOracle.Message(records.Take(6)).ToByteArray().ToList();
            foreach (var (at, value, kind) in mutations)
            {
                var index = (int)((uint)at % (uint)message.Count);
                if (kind == 0)
                    message[index] = value;
                else if (kind == 1)
                    message[index] ^= (byte)(1 << (value & 7));
                else if (kind == 2)
                    message.Insert(index, value);
                else if (message.Count > 1)
                    message.RemoveRange(index, Math.Min(value % 8, message.Count - index - (index == 0 ? 1 : 0)));
                if (message.Count == 0)
                    break;
            }

            AgreeWithGoogle([.. message]);
        }, iter: 3000);

    [Fact]
    public void Any_mix_of_fields_in_any_order_is_judged_as_google_judges_it()
    {
        // Plausible fields in any order, so that a good part of the messages parses: duplicates, wrong wire types, missing, foreign ones, groups.
        var index = Gen.Int[0, 3].Select(i => new byte[] { 0x08, (byte)i });
        var data = Gen.Byte.Array[0, 5].Select(d => new byte[] { 0x1A, (byte)d.Length }.Concat(d).ToArray());
        var oddInner = Gen.OneOf(
            Gen.Int[0, 2].Select(i => $"100{i}"), Gen.Const("22030A0174"), Gen.Const("2200"), Gen.Const("2203120174"), Gen.Const("0A0100"), Gen.Const("8880808000"),
            Gen.Const("0885808080808080808000"), Gen.Const("2B082C"), Gen.Const("2B2C"), Gen.Const("3D01020304"), Gen.Const("390102030405060708"), Gen.Const("07"), Gen.Const("0808FF"))
            .Select(Convert.FromHexString);
        var record = Mixed(index.Array[1], data.Array[1], oddInner.Array[0, 2]).Select(fields => Field(0x1A, fields));
        var keys = Gen.Char['a', 'z'].Array[1, 4].Select(names => names.SelectMany(c => new byte[] { 0x0A, 1, (byte)c }).ToArray());
        var oddOuter = Gen.OneOf(
            Gen.Const("120135"), Gen.Const("1203303037"), Gen.Const("12022B35"), Gen.Const("12012B"), Gen.Const("1200"), Gen.Const("12017A"), Gen.Const("1A021A00"), Gen.Const("1A020800"),
            Gen.Const("0800"), Gen.Const("0A02FFFE"), Gen.Const("2308011A0024"), Gen.Const("8A000162"), Gen.Const("9A06037A7A7A"), Gen.Const("1C"))
            .Select(Convert.FromHexString);
        var outer = Mixed(keys.Array[1], record.Array[0, 3], oddOuter.Array[0, 2]).Select(fields => fields.SelectMany(f => f).ToArray());
        var accepted = 0;
        outer.Sample(message =>
        {
            AgreeWithGoogle(message);
            if (Decode(AggregationOracle.Frame(message)) is { Length: > 0 })
                Interlocked.Increment(ref accepted);
        }, iter: 8000);

        // Otherwise the mix would prove nothing about accepted messages.
        Assert.InRange(accepted, 500, 7500);

        static Gen<byte[][]> Mixed(Gen<byte[][]> first, Gen<byte[][]> second, Gen<byte[][]> third) =>
            Gen.Select(first, second, third, Gen.Int).Select((a, b, c, seed) =>
            {
                byte[][] all = [.. a, .. b, .. c];
                new Random(seed).Shuffle(all);
                return all;
            });

        static byte[] Field(byte tag, IEnumerable<byte[]> parts)
        {
            byte[] content = [.. parts.SelectMany(p => p)];
            return [tag, (byte)content.Length, .. content];
        }
    }

    [Fact]
    public void Tables_behind_the_records_that_need_them_are_found()
    {
        byte[] record = [0x1A, 0x06, 0x08, 0x01, 0x10, 0x00, 0x1A, 0x00];
        byte[] tables = [0x0A, 0x01, (byte)'a', 0x0A, 0x01, (byte)'b', 0x12, 0x01, (byte)'7'];

        var read = Decode(AggregationOracle.Frame([.. record, .. tables]));

        Assert.Equal([new("b", 7, [])], read!);
    }

    [Fact]
    public void One_bad_record_among_good_ones_makes_the_whole_blob_plain()
    {
        var message = AggregationOracle.Message(Enumerable.Range(0, 50).Select(i => new UserRecord($"k{i}", null, [1])));
        message.Records[^1].PartitionKeyIndex = 50;

        Assert.Null(Decode(AggregationOracle.Frame(message.ToByteArray())));
    }

    [Fact]
    public void Explicit_hash_key_that_no_record_uses_need_not_be_a_number()
    {
        var message = AggregationOracle.Message([new("k", null, [1])]);
        message.ExplicitHashKeyTable.Add(ByteString.CopyFromUtf8("undefined"));

        Assert.NotNull(Decode(AggregationOracle.Frame(message.ToByteArray())));
    }

    [Fact]
    public void Payloads_are_slices_of_the_blob_and_keys_are_shared()
    {
        var blob = AggregationOracle.Encode([new("key", null, [1, 2]), new("key", null, [3])]);
        var read = new List<AggregatedUserRecord>();

        Assert.True(AggregatedRecordReader.TryRead(blob, read));

        Assert.Same(read[0].PartitionKey, read[1].PartitionKey);
        Assert.True(blob.AsSpan().Overlaps(read[0].Data.Span));
    }

    [Theory]
    [InlineData("1A00")] // empty records: each would claim room for a user record
    [InlineData("0A00")]
    [InlineData("1200")]
    [InlineData("1AFFFFFFFF07")]
    [InlineData("2B")] // groups within groups
    public void Memory_stays_in_proportion_to_the_bytes(string repeatedHex)
    {
        var unit = Convert.FromHexString(repeatedHex);
        byte[] message = [.. Enumerable.Repeat(unit, (1 << 20) / unit.Length).SelectMany(b => b)];
        var blob = AggregationOracle.Frame(message);
        var read = new List<AggregatedUserRecord>();
        AggregatedRecordReader.TryRead(blob, read);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AggregatedRecordReader.TryRead(blob, read);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32L << 20);
    }

    [Fact]
    public void Group_nested_beyond_googles_limit_is_plain()
    {
        byte[] Nested(int depth) => [0x0A, 1, (byte)'k', .. Enumerable.Repeat((byte)0x2B, depth), .. Enumerable.Repeat((byte)0x2C, depth), 0x1A, 4, 8, 0, 0x1A, 0];

        Assert.NotNull(Decode(AggregationOracle.Frame(Nested(50))));
        Assert.Null(Decode(AggregationOracle.Frame(Nested(200))));
    }

    [Fact]
    public void Digests_of_many_blobs_are_judged_as_one_by_one() =>
        Gen.Select(AggregationOracle.Records, Gen.Int[0, 3]).Array[0, 20].Sample(items =>
        {
            ReadOnlyMemory<byte>[] blobs = [.. items.Select(item =>
            {
                var blob = AggregationOracle.Encode(item.Item1);
                if (item.Item2 == 0)
                    blob[^1] ^= 1;
                return new ReadOnlyMemory<byte>(item.Item2 == 1 ? blob[..Math.Min(20, blob.Length)] : blob);
            })];
            var valid = new bool[blobs.Length];

            AggregatedRecordDigest.Verify(blobs, valid);

            Assert.Equal(items.Select(item => item.Item2 >= 2), valid);
            Assert.Equal(blobs.Select(b => AggregatedRecordDigest.IsValid(b.Span)), valid);
        }, iter: 10);

    [Fact]
    public void Records_outside_a_range_are_counted_as_one_by_one() =>
        Gen.Select(AggregationOracle.Records, Gen.ULong, Gen.ULong).Sample((records, a, b) =>
        {
            var range = new HashKeyRange(new UInt128(Math.Min(a, b), 0), new UInt128(Math.Max(a, b), 0));
            var read = new List<AggregatedUserRecord>();
            Assert.True(AggregatedRecordReader.TryRead(AggregationOracle.Encode(records), read));

            var outside = AggregatedRangeCheck.CountOutside([.. read], range);

            Assert.Equal(records.Count(r => !range.Contains(r.ExplicitHashKey ?? PartitionKeyHash.Compute(r.Key))), outside);
            Assert.Equal(0, AggregatedRangeCheck.CountOutside([.. read], HashKeyRange.Full));
        }, iter: 200);

    [Fact]
    public void Keys_longer_than_the_range_checks_buffer_are_counted()
    {
        AggregatedUserRecord[] records =
        [
            new("short", null, default), new(new string('x', 5000), null, default), new(new string('x', 5000), null, default), new("short", null, default), new(new string('y', 2000), null, default),
        ];

        Assert.Equal(5, AggregatedRangeCheck.CountOutside(records, new HashKeyRange(0, 0)));
        Assert.Equal(5 - records.Count(r => new HashKeyRange(0, UInt128.MaxValue / 2).Contains(PartitionKeyHash.Compute(r.PartitionKey))),
            AggregatedRangeCheck.CountOutside(records, new HashKeyRange(0, UInt128.MaxValue / 2)));
    }

    [Fact]
    public void Key_that_is_not_utf8_reads_as_replacement_characters()
    {
        byte[] message = [0x0A, 2, 0xFF, 0xFE, 0x1A, 5, 8, 0, 0x1A, 1, (byte)'x'];

        var read = Decode(AggregationOracle.Frame(message));

        Assert.Equal(Encoding.UTF8.GetString([0xFF, 0xFE]), Assert.Single(read!).Key);
        Assert.Equal(AggregatedRecord.Parser.ParseFrom(message).PartitionKeyTable[0].ToStringUtf8(), read![0].Key);
    }
}
