using System.Text;
using CsCheck;
using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Core.Tests.Aggregation;

public sealed class AggregatedRecordWriterTests
{
    private static byte[] Written(AggregatedRecordWriter writer)
    {
        var bytes = new byte[writer.SerializedBytes];
        Assert.Equal(bytes.Length, writer.WriteTo(bytes));
        return bytes;
    }

    private static void Fill(AggregatedRecordWriter writer, IEnumerable<UserRecord> records)
    {
        foreach (var record in records)
            writer.Append(Encoding.UTF8.GetBytes(record.Key), record.ExplicitHashKey, record.Data);
    }

    [Fact]
    public void Bytes_equal_googles_for_any_records() =>
        AggregationOracle.Records.Sample(records => Assert.Equal(AggregationOracle.Encode(records), AggregationVectors.Encode(records)), iter: 400);

    [Fact]
    public void Used_writer_writes_what_a_new_one_writes() =>
        Gen.Select(AggregationOracle.Records, AggregationOracle.Records, AggregationOracle.Records).Sample((first, second, third) =>
        {
            using var writer = new AggregatedRecordWriter();
            foreach (var records in new[] { first, second, third })
            {
                Fill(writer, records);
                Assert.Equal(AggregationOracle.Encode(records), Written(writer));
                writer.Reset();
            }
        }, iter: 100);

    [Fact]
    [Trait("Story", "L7")]
    public void Announced_size_is_the_size_for_any_records() => AggregationOracle.Records.Sample(records =>
    {
        using var writer = new AggregatedRecordWriter();
        foreach (var record in records)
        {
            var key = Encoding.UTF8.GetBytes(record.Key);
            var announced = writer.SerializedBytesWith(key, record.ExplicitHashKey, record.Data.Length);
            writer.Append(key, record.ExplicitHashKey, record.Data);
            Assert.Equal(announced, writer.SerializedBytes);
        }

        Assert.Equal(AggregationOracle.Encode(records).Length, writer.SerializedBytes);
    }, iter: 200);

    [Fact]
    public void Refused_record_changes_nothing() => AggregationOracle.Records.Sample(records =>
    {
        using var writer = new AggregatedRecordWriter();
        Fill(writer, records[..^1]);
        var (count, size, last) = (writer.Count, writer.SerializedBytes, records[^1]);
        var key = Encoding.UTF8.GetBytes(last.Key);

        Assert.False(writer.TryAppend(key, last.ExplicitHashKey, last.Data, writer.SerializedBytesWith(key, last.ExplicitHashKey, last.Data.Length) - 1));

        Assert.Equal((count, size), (writer.Count, writer.SerializedBytes));
        Fill(writer, [last]);
        Assert.Equal(AggregationOracle.Encode(records), Written(writer));
    }, iter: 100);

    [Fact]
    public void Table_of_fifty_thousand_keys_keeps_every_index()
    {
        UserRecord[] records = [.. Enumerable.Range(0, 50_000).Select(i => new UserRecord($"k{i}", null, []))];
        using var writer = new AggregatedRecordWriter();

        Fill(writer, records);
        Fill(writer, records[..1000]);

        var read = new List<AggregatedUserRecord>();
        Assert.True(AggregatedRecordReader.TryRead(Written(writer), read));
        Assert.Equal([.. records, .. records[..1000]], read.Select(UserRecord.Of));
    }

    [Fact]
    public void Empty_writer_has_no_size_and_writes_nothing()
    {
        using var writer = new AggregatedRecordWriter();

        Assert.Equal(0, writer.SerializedBytes);
        Assert.Throws<InvalidOperationException>(() => writer.WriteTo(new byte[100]));
    }

    [Fact]
    public void Destination_that_is_too_short_is_refused_and_a_longer_one_is_filled_from_its_start()
    {
        using var writer = new AggregatedRecordWriter();
        Fill(writer, [new("key", 5, [1, 2, 3])]);
        var longer = new byte[writer.SerializedBytes + 10];

        Assert.Throws<ArgumentException>(() => writer.WriteTo(new byte[writer.SerializedBytes - 1]));
        Assert.Equal(writer.SerializedBytes, writer.WriteTo(longer));

        Assert.Equal(Written(writer), longer[..^10]);
        Assert.Equal(new byte[10], longer[^10..]);
    }

    [Fact]
    [Trait("Story", "M3")]
    public void Writer_gives_large_memory_back_and_still_works()
    {
        UserRecord[] large = [new("key", null, new byte[AggregatedRecordWriter.MaxRetainedBytes + 1]), .. Enumerable.Range(0, 2000).Select(i => new UserRecord(new string('k', 200) + i, (UInt128)i, []))];
        using var writer = new AggregatedRecordWriter();

        for (var round = 0; round < 2; round++)
        {
            Fill(writer, large);
            Assert.Equal(AggregationOracle.Encode(large), Written(writer));
            writer.Reset();
        }
    }

    [Fact]
    public void Size_beyond_two_gibibytes_is_an_error_and_changes_nothing()
    {
        using var writer = new AggregatedRecordWriter();
        Fill(writer, [new("key", null, new byte[100])]);

        Assert.Throws<OverflowException>(() => writer.SerializedBytesWith("key"u8, null, int.MaxValue - 50));

        Assert.Equal(1, writer.Count);
    }

    [Fact]
    public void Disposed_writer_refuses_records_and_may_be_disposed_again()
    {
        var writer = new AggregatedRecordWriter();
        writer.Dispose();
        writer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => writer.Append("key"u8, null, []));
    }

    [Fact]
    public void Steady_use_allocates_nothing()
    {
        using var writer = new AggregatedRecordWriter();
        var keys = Enumerable.Range(0, 100).Select(i => Encoding.UTF8.GetBytes($"customer-{i}")).ToArray();
        var data = new byte[200];
        var destination = new byte[64 * 1024];
        Round();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
            Round();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round()
        {
            for (var i = 0; i < 230; i++)
                writer.TryAppend(keys[i % keys.Length], i % 10 == 0 ? (UInt128)i : null, data, 51_200);
            writer.WriteTo(destination);
            writer.Reset();
        }
    }

    [Fact]
    public void Digests_of_many_frames_are_those_of_one_by_one() => AggregationOracle.Records.Array[0, 20].Sample(aggregates =>
    {
        Memory<byte>[] frames = [.. aggregates.Select(records =>
        {
            using var writer = new AggregatedRecordWriter();
            Fill(writer, records);
            var bytes = new byte[writer.SerializedBytes];
            writer.WriteWithoutDigest(bytes);
            return bytes.AsMemory();
        })];

        AggregatedRecordDigest.Complete(frames);

        Assert.Equal(aggregates.Select(AggregationOracle.Encode), frames.Select(f => f.ToArray()));
    }, iter: 8);
}
