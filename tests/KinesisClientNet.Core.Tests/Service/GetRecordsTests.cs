using System.Formats.Cbor;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Service;

/// <summary>Pages of records in every dialect that a server is known to speak.</summary>
public sealed class GetRecordsTests
{
    private const string CborType = "application/x-amz-cbor-1.1";

    private static readonly DateTimeOffset Arrival = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    private static readonly GetRecordsRequest Request = new(new("orders"), "iterator", 100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Gen<KinesisRecord[]> Pages =>
        (from number in Gen.ULong
         from data in Gen.Byte.Array[0, 300]
         from key in Gen.String[1, 20]
         from isEncrypted in Gen.Bool
         select new KinesisRecord(SequenceNumber.FromBits(9, number), Arrival, data, WithoutLoneSurrogates(key), isEncrypted ? "KMS" : null)).Array[0, 20];

    [Fact]
    public void A_page_in_JSON_holds_what_was_written() => Pages.Sample(records =>
    {
        using var page = Read(Encoding.UTF8.GetBytes(Json(records).ToJsonString()), "application/x-amz-json-1.1", KinesisWireFormat.Json);
        AssertPage(records, page);
    });

    [Fact]
    public void A_page_in_the_CBOR_of_AWS_holds_what_was_written() => Gen.Select(Pages, Gen.Bool).Sample((records, isIndefinite) =>
    {
        using var page = Read(Cbor(records, isIndefinite, (writer, data) => writer.WriteByteString(data), WriteTaggedMilliseconds), CborType, KinesisWireFormat.Cbor);
        AssertPage(records, page);
    });

    [Fact]
    public void A_page_in_the_CBOR_of_kinesis_mock_holds_what_was_written() => Pages.Sample(records =>
    {
        using var page = Read(
            Cbor(records, false, (writer, data) => writer.WriteTextString(Convert.ToBase64String(data)), (writer, time) => writer.WriteInt64(time.ToUnixTimeMilliseconds())),
            CborType, KinesisWireFormat.Cbor);
        AssertPage(records, page);
    });

    [Fact]
    public void Payloads_in_chunks_and_times_as_floating_seconds_are_read()
    {
        var record = new KinesisRecord(SequenceNumber.Parse("5"), Arrival, "chunked"u8.ToArray(), "k");
        var body = Cbor([record], true, (writer, data) =>
        {
            writer.WriteStartIndefiniteLengthByteString();
            writer.WriteByteString(data.AsSpan(0, 3));
            writer.WriteByteString(data.AsSpan(3));
            writer.WriteEndIndefiniteLengthByteString();
        }, (writer, time) => writer.WriteDouble(time.ToUnixTimeMilliseconds() / 1000.0));

        using var page = Read(body, CborType, KinesisWireFormat.Cbor);

        AssertPage([record], page);
    }

    [Fact]
    public async Task The_request_names_iterator_limit_and_ARN_but_never_the_stream()
    {
        var service = new FakeService().Answers("""{"Records":[]}""").Answers("""{"Records":[]}""");
        await using var api = service.Client();

        (await api.GetRecordsAsync(Request, Token)).Dispose();
        (await api.GetRecordsAsync(new(new("orders", "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"), "iterator"), Token)).Dispose();

        Assert.Equal("""{"ShardIterator":"iterator","Limit":100}""", service.Requests[0].Text);
        Assert.Equal("""{"ShardIterator":"iterator","StreamARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/orders"}""", service.Requests[1].Text);
    }

    [Fact]
    public async Task The_request_in_CBOR_says_the_same()
    {
        var service = new FakeService().Answers("""{"Records":[]}""");
        await using var api = service.Client(options => options.WireFormat = KinesisWireFormat.Cbor);

        (await api.GetRecordsAsync(Request, Token)).Dispose();

        var reader = new CborReader(service.Requests[0].Body);
        Assert.Equal(2, reader.ReadStartMap());
        Assert.Equal("ShardIterator", reader.ReadTextString());
        Assert.Equal("iterator", reader.ReadTextString());
        Assert.Equal("Limit", reader.ReadTextString());
        Assert.Equal(100, reader.ReadInt32());
        Assert.Equal(CborType, service.Requests[0].Headers["Content-Type"]);
    }

    [Fact]
    public void The_end_of_a_shard_names_its_children()
    {
        const string Children = """
            {"Records":[],"NextShardIterator":null,"MillisBehindLatest":0,"ChildShards":[
             {"ShardId":"shardId-000000000002","ParentShards":["shardId-000000000000","shardId-000000000001"],
              "HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"}}]}
            """;

        using var page = Read(Encoding.UTF8.GetBytes(Children), "application/x-amz-json-1.1", KinesisWireFormat.Json);

        Assert.Null(page.NextShardIterator);
        var child = Assert.Single(page.ChildShards);
        Assert.Equal(["shardId-000000000000", "shardId-000000000001"], child.ParentShards);
        Assert.Equal(HashKeyRange.Full, child.HashKeyRange);
    }

    /// <summary>A missing list would look like a closed shard that is read to its end: children would start and records be lost.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Records":null}""")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"Records":[{"Data":"YQ=="}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1"}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"x","Data":"YQ=="}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1","Data":"Y"}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1","Data":7}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1","Data":"","ApproximateArrivalTimestamp":1e300}]}""")]
    [InlineData("""{"Records":[null]}""")]
    [InlineData("""{"Records":[],"MillisBehindLatest":1e300}""")]
    [InlineData("""{"Records":[],"ChildShards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"5","EndingHashKey":"4"}}]}""")]
    public void An_answer_without_sense_is_malformed_and_no_shards_end(string json)
    {
        var error = Assert.Throws<KinesisApiException>(() => Read(Encoding.UTF8.GetBytes(json), "application/x-amz-json-1.1", KinesisWireFormat.Json));
        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
        Assert.Equal("request-1", error.RequestId);
    }

    [Fact]
    public void Members_that_nobody_knows_and_nulls_are_passed_over()
    {
        const string Json = """
            {"New":{"deep":[1,{"x":null}]},"Records":[{"Unknown":[[]],"SequenceNumber":"1","Data":"aGVs\/G8=","PartitionKey":null,"EncryptionType":null,"ApproximateArrivalTimestamp":null}],
             "MillisBehindLatest":12.7,"NextShardIterator":"next"}
            """;

        using var page = Read(Encoding.UTF8.GetBytes(Json), "application/x-amz-json-1.1", KinesisWireFormat.Json);

        var record = Assert.Single(page.Records);
        Assert.Null(record.PartitionKey);
        Assert.Equal(Convert.FromBase64String("aGVs/G8="), record.Data.ToArray());
        Assert.Equal(12, page.MillisBehindLatest);
        Assert.Equal("next", page.NextShardIterator);
    }

    [Fact]
    public void A_damaged_answer_is_read_or_malformed_and_never_anything_else()
    {
        var good = Pages.Array[1, 1].Select(pages => pages[0]);
        Gen.Select(good, Gen.Bool, Gen.Int, Gen.Int[1, 8]).Sample((records, isCbor, seed, flips) =>
        {
            var body = isCbor
                ? Cbor(records, seed % 2 == 0, (writer, data) => writer.WriteByteString(data), WriteTaggedMilliseconds)
                : Encoding.UTF8.GetBytes(Json(records).ToJsonString());
            var random = new Random(seed);
            for (var i = 0; i < flips && body.Length > 0; i++)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                body = body[..random.Next(body.Length + 1)];
            try
            {
                Read(body, isCbor ? CborType : "application/x-amz-json-1.1", KinesisWireFormat.Cbor).Dispose();
            }
            catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.MalformedResponse)
            {
                // The one allowed failure.
            }
        }, iter: 1000);
    }

    [Fact]
    public void Neighbours_of_one_key_share_its_string()
    {
        var records = Enumerable.Range(1, 5).Select(i => new KinesisRecord(SequenceNumber.FromBits(0, (ulong)i), Arrival, default, "same")).ToArray();
        using var page = Read(Encoding.UTF8.GetBytes(Json(records).ToJsonString()), "application/x-amz-json-1.1", KinesisWireFormat.Json);
        Assert.All(page.Records, record => Assert.Same(page.Records[0].PartitionKey, record.PartitionKey));
    }

    private static GetRecordsPage Read(byte[] body, string contentType, KinesisWireFormat format)
    {
        var service = new FakeService().Answers(body, contentType);
        var api = service.Client(options => options.WireFormat = format);
        return api.GetRecordsAsync(Request, Token).AsTask().GetAwaiter().GetResult();
    }

    private static void AssertPage(KinesisRecord[] expected, GetRecordsPage page)
    {
        Assert.Equal("next", page.NextShardIterator);
        Assert.Equal(42, page.MillisBehindLatest);
        Assert.Equal(expected.Length, page.Records.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Data.ToArray(), page.Records[i].Data.ToArray());
            Assert.Equal(expected[i] with { Data = default }, page.Records[i] with { Data = default });
        }
    }

    private static JsonObject Json(KinesisRecord[] records) => new()
    {
        ["Records"] = new JsonArray([.. records.Select(record => new JsonObject
        {
            ["SequenceNumber"] = record.SequenceNumber.ToString(),
            ["ApproximateArrivalTimestamp"] = record.ApproximateArrivalTimestamp.ToUnixTimeMilliseconds() / 1000m,
            ["Data"] = Convert.ToBase64String(record.Data.Span),
            ["PartitionKey"] = record.PartitionKey,
            ["EncryptionType"] = record.EncryptionType,
        })]),
        ["NextShardIterator"] = "next",
        ["MillisBehindLatest"] = 42,
    };

    private static byte[] Cbor(KinesisRecord[] records, bool isIndefinite, Action<CborWriter, byte[]> writeData, Action<CborWriter, DateTimeOffset> writeTime)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(isIndefinite ? null : 4);
        writer.WriteTextString("ChildShards");
        writer.WriteNull();
        writer.WriteTextString("Records");
        writer.WriteStartArray(isIndefinite ? null : records.Length);
        foreach (var record in records)
        {
            writer.WriteStartMap(isIndefinite ? null : 5);
            writer.WriteTextString("SequenceNumber");
            writer.WriteTextString(record.SequenceNumber.ToString());
            writer.WriteTextString("ApproximateArrivalTimestamp");
            writeTime(writer, record.ApproximateArrivalTimestamp);
            writer.WriteTextString("Data");
            writeData(writer, record.Data.ToArray());
            writer.WriteTextString("PartitionKey");
            writer.WriteTextString(record.PartitionKey!);
            writer.WriteTextString("EncryptionType");
            if (record.EncryptionType is null)
                writer.WriteNull();
            else
                writer.WriteTextString(record.EncryptionType);
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteTextString("NextShardIterator");
        writer.WriteTextString("next");
        writer.WriteTextString("MillisBehindLatest");
        writer.WriteInt32(42);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static void WriteTaggedMilliseconds(CborWriter writer, DateTimeOffset time)
    {
        writer.WriteTag(CborTag.UnixTimeSeconds);
        writer.WriteInt64(time.ToUnixTimeMilliseconds());
    }

    private static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
