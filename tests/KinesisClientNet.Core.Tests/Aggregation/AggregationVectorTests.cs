using System.Globalization;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Aggregation;

public sealed class AggregationVectorTests
{
    public static IEnumerable<TheoryDataRow<int, string>> Cases => AggregationVectors.Names("cases");

    public static IEnumerable<TheoryDataRow<int, string>> NodeModuleDeviations => AggregationVectors.Names("nodeModuleDeviations");

    public static IEnumerable<TheoryDataRow<int, string>> Malformed => AggregationVectors.Names("malformed");

    public static IEnumerable<TheoryDataRow<int, string>> OddButValid => AggregationVectors.Names("oddButValid");

    public static IEnumerable<TheoryDataRow<int, string>> RangeFilter => AggregationVectors.Names("rangeFilter");

    public static IEnumerable<TheoryDataRow<int, string>> Md5 => AggregationVectors.Names("md5");

    public static IEnumerable<TheoryDataRow<string>> EvenSplits =>
        AggregationVectors.File.GetProperty("evenSplitRanges").EnumerateObject().Select(split => new TheoryDataRow<string>(split.Name));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Records_are_encoded_byte_for_byte(int index, string name)
    {
        var vector = AggregationVectors.Entry("cases", index);
        var records = vector.GetProperty("inputs").Records();
        var expected = vector.Bytes("aggregatedBase64");

        var encoded = AggregationVectors.Encode(records);

        Assert.True(expected.AsSpan().SequenceEqual(encoded), name);
        Assert.Equal(vector.GetProperty("aggregatedLength").GetInt32(), encoded.Length);
        Assert.Equal(vector.GetProperty("protobufLength").GetInt32(), encoded.Length - AggregatedRecordFormat.FrameBytes);
        Assert.Equal(vector.GetProperty("recordCount").GetInt32(), records.Length);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Size_is_exact_before_and_after_every_record(int index, string name)
    {
        var vector = AggregationVectors.Entry("cases", index);
        var records = vector.GetProperty("inputs").Records();
        using var writer = new AggregatedRecordWriter();

        foreach (var record in records)
        {
            var key = Encoding.UTF8.GetBytes(record.Key);
            var announced = writer.SerializedBytesWith(key, record.ExplicitHashKey, record.Data.Length);
            Assert.False(writer.TryAppend(key, record.ExplicitHashKey, record.Data, announced - 1), name);
            Assert.True(writer.TryAppend(key, record.ExplicitHashKey, record.Data, announced), name);
            Assert.Equal(announced, writer.SerializedBytes);
        }

        Assert.Equal(vector.Bytes("aggregatedBase64").Length, writer.SerializedBytes);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Outer_entry_has_the_kpls_keys_and_sizes(int index, string name)
    {
        var vector = AggregationVectors.Entry("cases", index);
        var outer = vector.GetProperty("kplOuter");
        var records = vector.GetProperty("inputs").Records();
        using var writer = new AggregatedRecordWriter();
        foreach (var record in records)
            writer.Append(Encoding.UTF8.GetBytes(record.Key), record.ExplicitHashKey, record.Data);
        var sendsRaw = writer.Count == 1;
        var hashKey = records[0].ExplicitHashKey ?? PartitionKeyHash.Compute(records[0].Key);

        Assert.Equal(outer.GetProperty("sendsRaw").GetBoolean(), sendsRaw);
        Assert.Equal(outer.Text("partitionKey"), sendsRaw ? records[0].Key : AggregatedRecordFormat.OuterPartitionKey);
        Assert.Equal(outer.Text("explicitHashKey"), PartitionKeyHash.Format(hashKey));
        Assert.Equal(outer.GetProperty("accurateSize").GetInt32(), sendsRaw ? writer.LastData.Length : writer.SerializedBytes);
        Assert.True(records[^1].Data.AsSpan().SequenceEqual(writer.LastData), name);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Aggregate_is_decoded_into_its_records(int index, string name)
    {
        var vector = AggregationVectors.Entry("cases", index);
        var read = new List<AggregatedUserRecord>();

        Assert.True(AggregatedRecordReader.TryRead(vector.Bytes("aggregatedBase64"), read), name);

        Assert.Equal(vector.GetProperty("inputs").Records(), read.Select(UserRecord.Of));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(NodeModuleDeviations))]
    public void Keys_that_look_like_integers_keep_their_order(int index, string name)
    {
        var vector = AggregationVectors.Entry("nodeModuleDeviations", index);
        var records = vector.GetProperty("inputs").Records();
        var read = new List<AggregatedUserRecord>();

        var encoded = AggregationVectors.Encode(records);

        Assert.True(vector.Bytes("correctBase64").AsSpan().SequenceEqual(encoded), name);
        Assert.False(vector.Bytes("nodeModuleWrongBase64").AsSpan().SequenceEqual(encoded), name);
        Assert.True(AggregatedRecordReader.TryRead(encoded, read), name);
        Assert.Equal(records, read.Select(UserRecord.Of));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Malformed))]
    public void Malformed_aggregate_is_a_plain_record(int index, string name)
    {
        var vector = AggregationVectors.Entry("malformed", index);
        var blob = vector.Bytes("blobBase64");
        var already = new AggregatedUserRecord("already there", null, default);
        var read = new List<AggregatedUserRecord> { already };
        Assert.Equal("plain", vector.Text("expected"));

        Assert.False(AggregatedRecordReader.TryRead(blob, read), name);

        Assert.Equal([already], read);
        Assert.Equal(vector.GetProperty("length").GetInt32(), blob.Length);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OddButValid))]
    public void Odd_but_valid_aggregate_is_decoded(int index, string name)
    {
        var vector = AggregationVectors.Entry("oddButValid", index);
        var read = new List<AggregatedUserRecord>();

        Assert.True(AggregatedRecordReader.TryRead(vector.Bytes("blobBase64"), read), name);

        var decoded = read.Select(UserRecord.Of);
        switch (vector.Text("expected"))
        {
            case "aggregated":
                Assert.Equal(vector.GetProperty("expectedUserRecords").Records(), decoded);
                break;
            case "aggregated-implementation-defined-key":
                // How many characters replace bytes that are not UTF-8 differs between runtimes; the rest does not.
                var observed = vector.GetProperty("observed").GetProperty("kclJava").GetProperty("userRecords").Records();
                Assert.Equal(observed.Select(r => r with { Key = "" }), decoded.Select(r => r with { Key = "" }));
                break;
            case var other:
                Assert.Fail($"{name} expects '{other}', which these tests do not know.");
                break;
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(RangeFilter))]
    public void Records_outside_the_shards_range_are_counted_as_kcl_would_judge_them(int index, string name)
    {
        var vector = AggregationVectors.Entry("rangeFilter", index);
        var range = new HashKeyRange(vector.Number("startingHashKey"), vector.Number("endingHashKey"));
        UInt128[] hashKeys = [.. vector.GetProperty("recordHashKeys").EnumerateArray().Select(k => UInt128.Parse(k.GetString()!, CultureInfo.InvariantCulture))];
        var observed = vector.GetProperty("observedKclJava");
        var records = new List<AggregatedUserRecord>();

        var isAggregate = AggregatedRecordReader.TryRead(vector.Bytes("blobBase64"), records);
        var outside = AggregatedRangeCheck.CountOutside([.. records], range);

        Assert.Equal(hashKeys, records.Select(r => r.ExplicitHashKey ?? PartitionKeyHash.Compute(r.PartitionKey)));
        Assert.Equal(hashKeys.Count(k => !range.Contains(k)), outside);
        if (observed.ValueKind == JsonValueKind.Object)
            Assert.Equal(observed.GetProperty("userRecords").Records(), records.Select(UserRecord.Of));
        else
            Assert.Contains(observed.GetString(), new[] { "plain", "nothing emitted" });
        Assert.Equal(observed.ValueKind == JsonValueKind.String && observed.GetString() == "plain", !isAggregate);
        Assert.True(observed.ValueKind == JsonValueKind.Object == (isAggregate && outside == 0), name);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(EvenSplits))]
    public void Even_split_has_the_ranges_of_the_vectors(string count)
    {
        var expected = AggregationVectors.File.GetProperty("evenSplitRanges").GetProperty(count).EnumerateArray()
            .Select(range => new HashKeyRange(range.Number("start"), range.Number("end")));

        Assert.Equal(expected, HashKeyRange.SplitEvenly(int.Parse(count, CultureInfo.InvariantCulture)));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Md5))]
    public void Partition_key_hashes_and_predictions_match(int index, string name)
    {
        var vector = AggregationVectors.Entry("md5", index);
        var key = vector.Text("partitionKey");
        var utf8 = Encoding.UTF8.GetBytes(key);

        var hashKey = PartitionKeyHash.Compute(key);

        Assert.Equal(vector.Text("hashKeyDecimal"), PartitionKeyHash.Format(hashKey));
        Assert.Equal(name, hashKey.ToString("x32", CultureInfo.InvariantCulture));
        Assert.Equal(hashKey, PartitionKeyHash.Compute(utf8));
        Assert.Equal(vector.GetProperty("utf8Bytes").GetInt32(), utf8.Length);
        foreach (var split in vector.GetProperty("shardIndexEvenSplit").EnumerateObject())
        {
            var ranges = HashKeyRange.SplitEvenly(int.Parse(split.Name, CultureInfo.InvariantCulture));
            var map = ShardMap.Create(ranges.Select((r, i) => new Shard { ShardId = $"shardId-{i:D12}", HashKeyRange = r }));
            Assert.Equal(split.Value.GetInt32(), map.IndexOf(hashKey));
        }
    }

    [Fact]
    public void All_keys_of_the_vectors_hash_alike_in_one_batch()
    {
        var keys = AggregationVectors.File.GetProperty("md5").EnumerateArray().ToArray();
        byte[][] utf8 = [.. keys.Select(k => Encoding.UTF8.GetBytes(k.Text("partitionKey")))];
        var hashes = new UInt128[keys.Length];

        PartitionKeyHash.ComputeMany([.. utf8.SelectMany(k => k)], [.. utf8.Select(k => k.Length)], hashes);

        Assert.Equal(keys.Select(k => k.Text("hashKeyDecimal")), hashes.Select(PartitionKeyHash.Format));
    }
}
