using System.Security.Cryptography;
using System.Text;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

public sealed class DeaggregatorTests
{
    /// <summary>Demand story D2: started after any record, the rest comes, to the record, inside aggregates too.</summary>
    [Fact]
    [Trait("Story", "D2")]
    public void Starting_after_each_record_delivers_exactly_the_rest()
    {
        var page = Page(Plain(1, "a"), Aggregate(2, "b", "c", "d"), Plain(3, "e"), Aggregate(4, "f"), Aggregate(5, "g", "h"));
        var all = Read(new Deaggregator(null, false, default), page, 3);
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], all.Select(Text));

        for (var cut = 0; cut < all.Count; cut++)
        {
            var rest = Read(new Deaggregator(null, false, all[cut].Position), page, 2);

            Assert.Equal(all.Skip(cut + 1).Select(Text), rest.Select(Text));
            Assert.Equal(all.Skip(cut + 1).Select(record => record.Position), rest.Select(record => record.Position));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void The_size_of_the_pieces_changes_nothing(int piece)
    {
        var page = Page(Aggregate(1, "a", "b", "c"), Empty(2), Plain(3, "d"), Aggregate(4, "e", "f"));

        var records = Read(new Deaggregator(null, false, default), page, piece);

        Assert.Equal(["a", "b", "c", "d", "e", "f"], records.Select(Text));
        Assert.Equal([0, 1, 2, 0, 0, 1], records.Select(record => record.SubSequenceNumber));
        Assert.Equal([true, true, true, false, true, true], records.Select(record => record.IsAggregated));
    }

    /// <summary>Blueprint decision 13: KCL drops the whole aggregate silently.</summary>
    [Fact]
    [Trait("Story", "L6")]
    public void Records_outside_the_shards_range_are_delivered_and_counted()
    {
        var page = Page(Aggregate(1, "a", "b", "c"), Plain(2, "d"));
        var deaggregator = new Deaggregator(OnlyKey("a"), false, default);

        Assert.Equal(["a", "b", "c", "d"], Read(deaggregator, page, 10).Select(Text));
        Assert.Equal(2, deaggregator.OutOfRangeRecords);
        Assert.Equal(0, deaggregator.DroppedRecords);
    }

    [Fact]
    public void With_kcls_rule_an_aggregate_with_a_foreign_record_is_dropped_as_a_whole_and_counted()
    {
        var page = Page(Aggregate(1, "a", "b"), Aggregate(2, "a"), Plain(3, "d"));
        var deaggregator = new Deaggregator(OnlyKey("a"), true, default);

        Assert.Equal(["a", "d"], Read(deaggregator, page, 10).Select(Text));
        Assert.Equal(1, deaggregator.OutOfRangeRecords);
        Assert.Equal(2, deaggregator.DroppedRecords);
    }

    [Fact]
    public void Explicit_hash_keys_come_back()
    {
        using var writer = new AggregatedRecordWriter();
        writer.Append("k"u8, null, "x"u8);
        writer.Append("k"u8, (UInt128)42, "y"u8);
        var page = Page(new KinesisRecord(Number(1), default, Written(writer), "k"));

        var records = Read(new Deaggregator(null, false, default), page, 10);

        Assert.Equal([null, (UInt128)42], records.Select(record => record.ExplicitHashKey));
    }

    [Fact]
    public void A_checkpoint_whose_record_has_left_the_stream_is_noticed()
    {
        var page = Page(Plain(5, "a"));
        var gone = new Deaggregator(null, false, new ExtendedSequenceNumber(Number(3)));
        var there = new Deaggregator(null, false, new ExtendedSequenceNumber(Number(5)));

        Read(gone, page, 10);
        Read(there, page, 10);
        Read(there, Page(Plain(6, "b")), 10);

        Assert.True(gone.IsStartMissing);
        Assert.False(there.IsStartMissing);
    }

    [Fact]
    public void A_damaged_aggregate_is_a_plain_record()
    {
        var aggregate = Aggregate(1, "a", "b");
        var damaged = aggregate.Data.ToArray();
        damaged[^1] ^= 1;

        var records = Read(new Deaggregator(null, false, default), Page(aggregate with { Data = damaged }), 10);

        Assert.Equal(damaged, Assert.Single(records).Data.ToArray());
    }

    private static HashKeyRange OnlyKey(string key) => new(PartitionKeyHash.Compute(key), PartitionKeyHash.Compute(key));

    private static List<ConsumedRecord> Read(Deaggregator deaggregator, ShardPage page, int piece)
    {
        var records = new List<ConsumedRecord>();
        var buffer = new ConsumedRecord[piece];
        deaggregator.Open(page);
        int count;
        while ((count = deaggregator.Read(buffer)) > 0)
            records.AddRange(buffer[..count]);
        return records;
    }

    private static string Text(ConsumedRecord record) => Encoding.UTF8.GetString(record.Data.Span);

    private static ShardPage Page(params KinesisRecord[] records) => new(records);

    private static SequenceNumber Number(int number) => SequenceNumber.FromBits(0, (UInt128)(ulong)(100 + number));

    private static KinesisRecord Plain(int number, string value) => new(Number(number), default, Encoding.UTF8.GetBytes(value), value);

    private static KinesisRecord Aggregate(int number, params string[] values)
    {
        using var writer = new AggregatedRecordWriter();
        foreach (var value in values)
            writer.Append(Encoding.UTF8.GetBytes(value), null, Encoding.UTF8.GetBytes(value));
        return new KinesisRecord(Number(number), default, Written(writer), "outer");
    }

    /// <summary>A key table and no record: legal, and read as nothing.</summary>
    private static KinesisRecord Empty(int number)
    {
        byte[] message = [0x0A, 1, (byte)'k'];
        byte[] magic = [0xF3, 0x89, 0x9A, 0xC2];
        return new KinesisRecord(Number(number), default, (byte[])[.. magic, .. message, .. MD5.HashData(message)], "outer");
    }

    private static byte[] Written(AggregatedRecordWriter writer)
    {
        var bytes = new byte[writer.SerializedBytes];
        writer.WriteTo(bytes);
        return bytes;
    }
}
