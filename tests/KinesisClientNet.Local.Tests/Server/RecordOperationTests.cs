using System.Formats.Cbor;
using System.Net;
using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Server;

public sealed class RecordOperationTests
{
    private const string Cbor = "application/x-amz-cbor-1.1";

    private static readonly DateTimeOffset Arrival = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_045);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutRecords_in_JSON_is_read_and_answered_in_request_order()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnPutRecords = _ => new(
            [
                new("shardId-000000000001", SequenceNumber.Parse("49646437577108476416916876405825929425585429676275269634")),
                new(null, default, "ProvisionedThroughputExceededException", "Rate exceeded for shard \"0\""),
            ], 1, "NONE");

        using var response = await harness.CallAsync(
            "PutRecords",
            """{"StreamName":"orders","Records":[{"Data":"AQID","PartitionKey":"ä\"b"},{"PartitionKey":"k","ExplicitHashKey":"340282366920938463463374607431768211455","Data":""}]}""");

        Assert.Equal(["orders ä\"b 010203", "orders k  340282366920938463463374607431768211455"], harness.Kinesis.Calls);
        Assert.Equal("application/x-amz-json-1.1", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """{"FailedRecordCount":1,"Records":[{"SequenceNumber":"49646437577108476416916876405825929425585429676275269634","ShardId":"shardId-000000000001"},{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded for shard \"0\""}],"EncryptionType":"NONE"}""",
            await response.Content.ReadAsStringAsync(Cancellation));
        Assert.NotNull(response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task PutRecords_in_CBOR_is_read_and_answered_in_CBOR()
    {
        await using var harness = await ServerHarness.StartAsync();
        var body = new CborWriter();
        body.WriteStartMap(2);
        body.WriteTextString("StreamName");
        body.WriteTextString("orders");
        body.WriteTextString("Records");
        body.WriteStartArray(null);
        body.WriteStartMap(2);
        body.WriteTextString("Data");
        body.WriteByteString([1, 2, 3]);
        body.WriteTextString("PartitionKey");
        body.WriteTextString("k");
        body.WriteEndMap();
        body.WriteEndArray();
        body.WriteEndMap();

        using var response = await harness.SendAsync(harness.Request("PutRecords", body.Encode(), Cbor));

        Assert.Equal("orders k 010203", Assert.Single(harness.Kinesis.Calls));
        Assert.Equal(Cbor, response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            "{FailedRecordCount:0,Records:[{SequenceNumber:1,ShardId:shardId-000000000000}]}",
            CborText.Of(await response.Content.ReadAsByteArrayAsync(Cancellation)));
    }

    [Theory]
    [InlineData("""{"Data":"AQID"}""", "without a key, which streams of record distribution AUTO take: the service decides")]
    [InlineData("""{"Data":"AQID","PartitionKey":"k","Extra":{"a":[1]}}""", "with an unknown member")]
    [InlineData("""{"Data":"\u0041QID","PartitionKey":"k"}""", "with an escaped payload")]
    public async Task A_request_that_the_quick_way_does_not_take_is_served_all_the_same(string record, string reason)
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.AnswerAsync("PutRecords", $$"""{"StreamName":"orders","Records":[{{record}}]}""");

        Assert.True(Assert.Single(harness.Kinesis.Calls).EndsWith(" 010203", StringComparison.Ordinal), reason);
    }

    [Theory]
    [InlineData("""{"Data":"AQI","PartitionKey":"k"}""", "SerializationException")]
    [InlineData("""{"Data":"AQ ID   ","PartitionKey":"k"}""", "SerializationException")]
    [InlineData("""{"Data":"AQ\nID","PartitionKey":"k"}""", "SerializationException")]
    [InlineData("""{"Data":5,"PartitionKey":"k"}""", "SerializationException")]
    [InlineData("""{"Data":"AQID","PartitionKey":7}""", "SerializationException")]
    [InlineData("""{"Data":"AQID","PartitionKey":""}""", "ValidationException")]
    [InlineData("""{"PartitionKey":"k"}""", "ValidationException")]
    [InlineData("""{"Data":"AQID","PartitionKey":"k","ExplicitHashKey":"01"}""", "ValidationException")]
    [InlineData("""{"Data":"AQID","PartitionKey":"k","ExplicitHashKey":"+1"}""", "ValidationException")]
    [InlineData("""{"Data":"AQID","PartitionKey":"k","ExplicitHashKey":"340282366920938463463374607431768211456"}""", "InvalidArgumentException")]
    [InlineData("null", "ValidationException")]
    [InlineData("7", "SerializationException")]
    public async Task A_wrong_record_is_refused_and_nothing_of_the_request_is_put(string record, string code)
    {
        await using var harness = await ServerHarness.StartAsync();

        var refusal = await harness.RefusalAsync("PutRecords", $$"""{"StreamName":"orders","Records":[{"Data":"","PartitionKey":"fine"},{{record}}]}""");

        Assert.Equal(code, refusal.Code);
        Assert.Empty(harness.Kinesis.Calls);
    }

    [Fact]
    public async Task Violations_are_counted_and_the_first_ten_named_with_value_path_and_constraint()
    {
        await using var harness = await ServerHarness.StartAsync();
        var records = string.Join(',', Enumerable.Repeat("""{"Data":"","PartitionKey":""}""", 501));

        var (code, message) = await harness.RefusalAsync("PutRecords", $$"""{"StreamName":"no name!","Records":[{{records}}]}""");

        Assert.Equal("ValidationException", code);
        Assert.StartsWith("503 validation errors detected: Value '[501 members]' at 'records' failed to satisfy constraint: Member must have length less than or equal to 500; "
            + "Value '' at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; ", message, StringComparison.Ordinal);
        Assert.Equal(10, message!.Split("failed to satisfy constraint").Length - 1);
    }

    [Fact]
    public async Task A_single_violation_is_told_in_the_services_words()
    {
        await using var harness = await ServerHarness.StartAsync();

        var (_, message) = await harness.RefusalAsync("GetShardIterator", """{"StreamName":"orders","ShardId":"shardId-000000000000","ShardIteratorType":"FIRST"}""");

        Assert.Equal(
            "1 validation error detected: Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: "
            + "[AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP]", message);
    }

    [Fact]
    public async Task A_payload_is_never_part_of_a_refusal()
    {
        await using var harness = await ServerHarness.StartAsync();
        var tooLong = Convert.ToBase64String(new byte[10_485_761]);

        var (code, message) = await harness.RefusalAsync("PutRecord", $$"""{"StreamName":"orders","PartitionKey":"k","Data":"{{tooLong}}"}""");

        Assert.Equal("ValidationException", code);
        Assert.Contains("Value 'java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]' at 'data'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutRecord_passes_hash_key_and_ordering_on()
    {
        await using var harness = await ServerHarness.StartAsync();

        var answer = await harness.AnswerAsync(
            "PutRecord", """{"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders","Data":"/w==","PartitionKey":"k","ExplicitHashKey":"0","SequenceNumberForOrdering":"17"}""");

        Assert.Equal("PutRecord arn:aws:kinesis:us-east-1:000000000000:stream/orders k FF 0 17", Assert.Single(harness.Kinesis.Calls));
        Assert.Equal("1", answer.GetProperty("SequenceNumber").GetString());
        Assert.Equal("shardId-000000000000", answer.GetProperty("ShardId").GetString());
    }

    [Fact]
    public async Task Neither_name_nor_ARN_is_an_invalid_argument()
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal("InvalidArgumentException", (await harness.RefusalAsync("PutRecords", """{"Records":[{"Data":"","PartitionKey":"k"}]}""")).Code);
    }

    [Theory]
    [InlineData("PutRecord", """{"DryRun":true,"StreamName":"orders","Data":"","PartitionKey":"k"}""")]
    [InlineData("PutRecords", """{"DryRun":true,"StreamName":"orders","Records":[{"Data":"","PartitionKey":"k"}]}""")]
    [InlineData("GetRecords", """{"DryRun":true,"ShardIterator":"x"}""")]
    [InlineData("GetShardIterator", """{"DryRun":true,"StreamName":"orders","ShardId":"shardId-000000000000","ShardIteratorType":"LATEST"}""")]
    public async Task A_dry_run_ends_in_its_own_error_and_does_nothing(string operation, string json)
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal("DryRunOperationException", (await harness.RefusalAsync(operation, json)).Code);
        Assert.Empty(harness.Kinesis.Calls);
    }

    [Fact]
    public async Task GetRecords_in_JSON_has_base64_payloads_times_in_seconds_and_the_children_at_the_end()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnGetRecords = _ => LastPage();

        using var response = await harness.CallAsync("GetRecords", """{"ShardIterator":"abc","Limit":5}""");

        Assert.Equal("GetRecords abc 5", Assert.Single(harness.Kinesis.Calls));
        Assert.Equal(
            """{"Records":[{"SequenceNumber":"12","ApproximateArrivalTimestamp":1700000000.045,"Data":"++//","PartitionKey":"schlüssel","EncryptionType":"KMS"},{"SequenceNumber":"13","ApproximateArrivalTimestamp":1700000000,"Data":""}],"MillisBehindLatest":1500,"ChildShards":[{"ShardId":"shardId-000000000002","ParentShards":["shardId-000000000000","shardId-000000000001"],"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"340282366920938463463374607431768211455"}}]}""",
            await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task GetRecords_in_CBOR_has_byte_strings_and_times_as_tagged_milliseconds()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnGetRecords = _ => LastPage();
        var body = new CborWriter();
        body.WriteStartMap(1);
        body.WriteTextString("ShardIterator");
        body.WriteTextString("abc");
        body.WriteEndMap();

        using var response = await harness.SendAsync(harness.Request("GetRecords", body.Encode(), Cbor));

        Assert.Equal(
            "{Records:[{SequenceNumber:12,ApproximateArrivalTimestamp:#1 1700000000045,Data:h'FBEFFF',PartitionKey:schlüssel,EncryptionType:KMS},"
            + "{SequenceNumber:13,ApproximateArrivalTimestamp:#1 1700000000000,Data:h''}],MillisBehindLatest:1500,"
            + "ChildShards:[{ShardId:shardId-000000000002,ParentShards:[shardId-000000000000,shardId-000000000001],"
            + "HashKeyRange:{StartingHashKey:0,EndingHashKey:340282366920938463463374607431768211455}}]}",
            CborText.Of(await response.Content.ReadAsByteArrayAsync(Cancellation)));
    }

    [Fact]
    public async Task A_page_of_ten_mebibytes_arrives_whole_over_both_versions_of_HTTP()
    {
        await using var harness = await ServerHarness.StartAsync();
        var payload = new byte[1024 * 1024];
        new Random(1).NextBytes(payload);
        harness.Kinesis.OnGetRecords = _ => new([.. Enumerable.Range(0, 10).Select(i => new KinesisRecord(SequenceNumber.FromBits(0, (UInt128)i), Arrival, payload, "k"))], "next", 0);
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            var request = harness.Request("GetRecords", """{"ShardIterator":"abc"}""");
            request.Version = version;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

            using var response = await harness.SendAsync(request);
            using var answer = await System.Text.Json.JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(Cancellation), default, Cancellation);

            var records = answer.RootElement.GetProperty("Records");
            Assert.Equal(10, records.GetArrayLength());
            Assert.All(records.EnumerateArray(), record => Assert.Equal(payload, record.GetProperty("Data").GetBytesFromBase64()));
        }
    }

    [Theory]
    [InlineData("""{"ShardIteratorType":"TRIM_HORIZON"}""", "TrimHorizon 0 -62135596800000")]
    [InlineData("""{"ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"42"}""", "AfterSequenceNumber 42 -62135596800000")]
    [InlineData("""{"ShardIteratorType":"AT_TIMESTAMP","Timestamp":1700000000.125}""", "AtTimestamp 0 1700000000125")]
    [InlineData("""{"ShardIteratorType":"AT_TIMESTAMP","Timestamp":1.7E9}""", "AtTimestamp 0 1700000000000")]
    public async Task Positions_are_understood(string position, string expected)
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.AnswerAsync("GetShardIterator", position.Replace("{", """{"StreamName":"orders","ShardId":"shardId-000000000000",""", StringComparison.Ordinal));

        Assert.Equal("GetShardIterator orders shardId-000000000000 " + expected, Assert.Single(harness.Kinesis.Calls));
    }

    [Theory]
    [InlineData("""{"ShardIteratorType":"TRIM_HORIZON","StartingSequenceNumber":"42"}""")]
    [InlineData("""{"ShardIteratorType":"LATEST","StartingSequenceNumber":"42"}""")]
    [InlineData("""{"ShardIteratorType":"AT_SEQUENCE_NUMBER"}""")]
    [InlineData("""{"ShardIteratorType":"AT_TIMESTAMP"}""")]
    public async Task Positions_that_contradict_themselves_are_invalid_arguments(string position)
    {
        await using var harness = await ServerHarness.StartAsync();

        var refusal = await harness.RefusalAsync(
            "GetShardIterator", position.Replace("{", """{"StreamName":"orders","ShardId":"shardId-000000000000",""", StringComparison.Ordinal));

        Assert.Equal("InvalidArgumentException", refusal.Code);
    }

    [Fact]
    public async Task A_CBOR_time_may_be_tagged_milliseconds_plain_milliseconds_or_seconds()
    {
        await using var harness = await ServerHarness.StartAsync();
        foreach (var write in new Action<CborWriter>[]
        {
            writer => { writer.WriteTag(CborTag.UnixTimeSeconds); writer.WriteInt64(1_700_000_000_125); },
            writer => writer.WriteInt64(1_700_000_000_125),
            writer => writer.WriteDouble(1_700_000_000.125),
        })
        {
            var body = new CborWriter();
            body.WriteStartMap(null);
            foreach (var (name, text) in new[] { ("StreamName", "orders"), ("ShardId", "shardId-000000000000"), ("ShardIteratorType", "AT_TIMESTAMP") })
            {
                body.WriteTextString(name);
                body.WriteTextString(text);
            }

            body.WriteTextString("Timestamp");
            write(body);
            body.WriteEndMap();

            using var response = await harness.SendAsync(harness.Request("GetShardIterator", body.Encode(), Cbor));

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.All(harness.Kinesis.Calls, call => Assert.EndsWith("AtTimestamp 0 1700000000125", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_services_errors_keep_code_message_and_status_in_both_formats()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnGetRecords = _ => throw new KinesisApiException(KinesisErrorKind.ExpiredIterator, "ExpiredIteratorException", "Iterator expired.", 400);
        var body = new CborWriter();
        body.WriteStartMap(1);
        body.WriteTextString("ShardIterator");
        body.WriteTextString("abc");
        body.WriteEndMap();

        var json = await harness.RefusalAsync("GetRecords", """{"ShardIterator":"abc"}""");
        using var cbor = await harness.SendAsync(harness.Request("GetRecords", body.Encode(), Cbor));

        Assert.Equal(("ExpiredIteratorException", "Iterator expired."), json);
        Assert.Equal(HttpStatusCode.BadRequest, cbor.StatusCode);
        Assert.Equal("ExpiredIteratorException", Assert.Single(cbor.Headers.GetValues("x-amzn-ErrorType")));
        Assert.Equal("{__type:ExpiredIteratorException,message:Iterator expired.}", CborText.Of(await cbor.Content.ReadAsByteArrayAsync(Cancellation)));
    }

    [Fact]
    public async Task A_service_fault_is_a_500_and_a_lost_answer_a_broken_connection()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnGetRecords = request => throw (request.ShardIterator == "fault"
            ? new KinesisApiException(KinesisErrorKind.ServiceFault, "InternalFailureException", "Injected.")
            : new KinesisApiException(KinesisErrorKind.Connection, "ConnectionFailed", "Injected."));

        using var fault = await harness.CallAsync("GetRecords", """{"ShardIterator":"fault"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, fault.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => harness.CallAsync("GetRecords", """{"ShardIterator":"lost"}"""));
    }

    private static GetRecordsPage LastPage() => new(
        [
            new(SequenceNumber.FromBits(0, 12), Arrival, new byte[] { 0xfb, 0xef, 0xff }, "schlüssel", "KMS"),
            new(SequenceNumber.FromBits(0, 13), DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), ReadOnlyMemory<byte>.Empty, null),
        ],
        null,
        1500,
        [new("shardId-000000000002", ["shardId-000000000000", "shardId-000000000001"], HashKeyRange.Full)]);
}
